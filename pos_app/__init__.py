"""The till: what a cashier does, and the rules till and hub share."""
