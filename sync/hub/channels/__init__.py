"""Online shops at the hub: what they send is kept first, then fetched, read and told back."""
