"""What Shopify's Admin API is asked, in GraphQL; versions of it last a year each."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2026-07"

_MONEY = "{shopMoney{amount currencyCode}}"
_VISIT = (
    "{landingPage referrerUrl source occurredAt utmParameters{source medium campaign content term}}"
)

ORDER: Final = f"""
query($id:ID!){{order(id:$id){{
 id legacyResourceId name updatedAt createdAt cancelledAt closed
 displayFinancialStatus displayFulfillmentStatus currencyCode taxesIncluded
 email phone note tags sourceName clientIp customerLocale discountCodes
 totalPriceSet{_MONEY} currentTotalPriceSet{_MONEY} totalTaxSet{_MONEY}
 totalOutstandingSet{_MONEY} totalReceivedSet{_MONEY} totalRefundedSet{_MONEY}
 paymentGatewayNames customAttributes{{key value}}
 customer{{id displayName defaultEmailAddress{{emailAddress marketingState marketingUpdatedAt}}
  defaultPhoneNumber{{phoneNumber marketingState}}}}
 shippingAddress{{name phone address1 address2 zip city province countryCodeV2}}
 shippingLines(first:10){{nodes{{title discountedPriceSet{_MONEY} taxLines{{priceSet{_MONEY}}}}}}}
 lineItems(first:250){{nodes{{id title variantTitle sku quantity currentQuantity
  unfulfilledQuantity originalUnitPriceSet{_MONEY} variant{{barcode}}
  discountAllocations{{allocatedAmountSet{_MONEY}}} taxLines{{rate priceSet{_MONEY}}}}}}}
 fulfillmentOrders(first:20){{nodes{{id status deliveryMethod{{methodType}}
  assignedLocation{{name location{{id}}}}
  lineItems(first:250){{nodes{{id remainingQuantity lineItem{{id}}}}}}}}}}
 fulfillments(first:50){{id status trackingInfo{{company number}}}}
 refunds(first:50){{id note totalRefundedSet{_MONEY}
  refundLineItems(first:250){{nodes{{quantity lineItem{{id}}}}}}}}
 transactions(first:50){{id kind status gateway amountSet{_MONEY}}}
 customerJourneySummary{{ready firstVisit{_VISIT} lastVisit{_VISIT}}}
}}}}"""

CHANGED: Final = """
query($query:String!,$after:String){orders(first:100,after:$after,query:$query,sortKey:UPDATED_AT){
 nodes{legacyResourceId updatedAt} pageInfo{hasNextPage endCursor}}}"""

READY: Final = """
mutation($input:FulfillmentOrderLineItemsPreparedForPickupInput!){
 fulfillmentOrderLineItemsPreparedForPickup(input:$input){userErrors{field message}}}"""

TAG: Final = """
mutation($id:ID!,$tags:[String!]!){tagsAdd(id:$id,tags:$tags){userErrors{field message}}}"""

FULFIL: Final = """
mutation($fulfillment:FulfillmentInput!){fulfillmentCreate(fulfillment:$fulfillment){
 fulfillment{id status} userErrors{field message}}}"""

PAID: Final = """
mutation($input:OrderMarkAsPaidInput!){orderMarkAsPaid(input:$input){
 order{id displayFinancialStatus} userErrors{field message}}}"""

REFUND: Final = """
mutation($input:RefundInput!,$key:String!){refundCreate(input:$input) @idempotent(key:$key){
 refund{id} userErrors{field message}}}"""

CANCEL: Final = """
mutation($orderId:ID!,$reason:OrderCancelReason!,$staffNote:String){
 orderCancel(orderId:$orderId,reason:$reason,refundMethod:{originalPaymentMethodsRefund:false},
 restock:true,notifyCustomer:true,staffNote:$staffNote){
 job{id} orderCancelUserErrors{field message}}}"""

VARIANTS: Final = """
query($query:String!,$first:Int!){productVariants(first:$first,query:$query){
 nodes{sku inventoryItem{id tracked}}}}"""

STOCK: Final = """
mutation($input:InventorySetQuantitiesInput!,$key:String!){
 inventorySetQuantities(input:$input) @idempotent(key:$key){userErrors{field message code}}}"""

HOOKS: Final = """
query{webhookSubscriptions(first:250){nodes{id topic uri}}}"""

HOOK: Final = """
mutation($topic:WebhookSubscriptionTopic!,$webhookSubscription:WebhookSubscriptionInput!){
 webhookSubscriptionCreate(topic:$topic,webhookSubscription:$webhookSubscription){
 webhookSubscription{id} userErrors{field message}}}"""

SHOP: Final = "query{shop{name currencyCode}}"
