"""Everything between tills and the hub: protocol, engine, hub."""
