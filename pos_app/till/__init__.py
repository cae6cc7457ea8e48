"""What a person can do at a till, one module per verb; each verb that writes is one transaction."""

from pos_app.till.till import Till, open_till

__all__ = ["Till", "open_till"]
