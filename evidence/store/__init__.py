"""Tables, migrations and queries. `Store.open(url)` is the way in; one `session()` is one transaction."""

from evidence.store.store import Store

__all__ = ["Store"]
