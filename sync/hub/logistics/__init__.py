"""Goods between stores, from suppliers and by count: booked, told to the tills, commanded."""
