"""Tables, migrations and queries. `Store.open(url)` is the way in; one `session()` is one transaction.

The rooms above name a transaction by the type `Transaction` and never import the database library.
"""

from sqlalchemy.orm import Session as Transaction

from evidence.store.store import Store

__all__ = ["Store", "Transaction"]
