"""The storefront API: what a website or an app may ask a hub, and order there."""
