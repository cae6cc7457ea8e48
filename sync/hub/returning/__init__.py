"""Goods that come back and were sold elsewhere: other stores, online shops, or nobody knows yet."""
