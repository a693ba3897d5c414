"""From a recorded case to a notice: review, accounts, audit, law, notices."""
