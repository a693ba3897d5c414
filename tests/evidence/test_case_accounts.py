"""Accounts, passwords, lockout and sessions."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from evidence_samples import NOW
from sqlalchemy import text

from evidence.cases import accounts, passwords
from evidence.cases.accounts import AccountError, LoginRefusal, LoginResult, Role
from evidence.store import Store

PASSWORD = "mot-mat-khau-dai"


def login(
    store: Store, password: str, *, username: str = "huong", ip: str = "10.0.0.1", after_s: float = 0
) -> LoginResult:
    with store.session() as session:
        return accounts.authenticate(session, username, password, ip=ip, at=NOW + timedelta(seconds=after_s))


@pytest.fixture
def token(store: Store, officer: accounts.Account) -> str:
    with store.session() as session:
        return accounts.open_session(session, officer, ip="10.0.0.1", at=NOW)


def live(store: Store, token: str, *, after: timedelta = timedelta()) -> accounts.LoginSession | None:
    with store.reading() as session:
        return accounts.live_session(session, token, at=NOW + after)


class TestAccounts:
    def test_are_listed_by_name_and_found_in_any_case(self, store: Store, officer: accounts.Account) -> None:
        with store.session() as session:
            accounts.create_user(
                session, username="Admin.1", full_name="Quản trị", role=Role.ADMIN, password=PASSWORD, at=NOW
            )
        with store.reading() as session:
            assert [account.username for account in accounts.list_accounts(session)] == ["admin.1", "huong"]
            found = accounts.find_account(session, "HUONG")
        assert found == officer

    @pytest.mark.parametrize(
        ("username", "password", "status"),
        [
            ("huong", PASSWORD, 409),
            ("HUONG", PASSWORD, 409),
            ("a", PASSWORD, 422),
            ("hương", PASSWORD, 422),
            ("x" * 65, PASSWORD, 422),
            ("linh", "short", 422),
            ("linh", "x" * 201, 422),
            ("linh-linh-linh", "Linh-Linh-Linh", 422),
        ],
    )
    def test_with_a_bad_name_or_password_are_refused(
        self, store: Store, officer: accounts.Account, username: str, password: str, status: int
    ) -> None:
        with pytest.raises(AccountError) as refused, store.session() as session:
            accounts.create_user(session, username=username, full_name="", role=Role.OFFICER, password=password, at=NOW)
        assert refused.value.status == status
        assert password not in refused.value.line()

    def test_keep_no_password(self, store: Store, officer: accounts.Account) -> None:
        with store.reading() as session:
            kept = session.execute(text("SELECT password_hash FROM account")).scalar_one()
        assert kept.startswith("$argon2id$")
        assert PASSWORD not in kept + repr(officer)


class TestLogin:
    def test_succeeds_with_the_password_in_any_case_of_the_name(self, store: Store, officer: accounts.Account) -> None:
        assert login(store, PASSWORD, username=" Huong ").account == officer

    @pytest.mark.parametrize(("username", "password"), [("huong", "wrong"), ("nobody", PASSWORD), ("huong", "")])
    def test_fails_alike_for_wrong_name_and_wrong_password(
        self, store: Store, officer: accounts.Account, username: str, password: str
    ) -> None:
        assert login(store, password, username=username) == LoginResult(None, LoginRefusal.WRONG)

    def test_of_a_closed_account_fails_and_its_sessions_end(self, store: Store, token: str) -> None:
        with store.session() as session:
            accounts.set_active(session, username="huong", is_active=False)
        assert login(store, PASSWORD).refusal is LoginRefusal.WRONG
        assert live(store, token) is None

    def test_locks_after_five_failures_and_opens_by_itself(self, store: Store, officer: accounts.Account) -> None:
        for n in range(5):
            assert login(store, "wrong", after_s=n, ip=f"10.0.0.{n}").refusal is LoginRefusal.WRONG
        locked = login(store, PASSWORD, after_s=10)
        assert (locked.refusal, locked.retry_after) == (LoginRefusal.LOCKED, timedelta(minutes=15, seconds=-10))
        assert login(store, PASSWORD, after_s=15 * 60 + 0.5).account == officer

    def test_while_locked_reads_no_password(
        self, store: Store, officer: accounts.Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            login(store, "wrong")
        monkeypatch.setattr(passwords, "matches", lambda kept, password: pytest.fail("hashed while locked"))
        assert login(store, PASSWORD, after_s=1).refusal is LoginRefusal.LOCKED

    def test_locks_an_address_that_tries_many_names(self, store: Store, officer: accounts.Account) -> None:
        for n in range(20):
            login(store, "wrong", username=f"name{n}")
        assert login(store, PASSWORD, after_s=1).refusal is LoginRefusal.LOCKED
        assert login(store, PASSWORD, after_s=1, ip="10.0.0.2").account == officer

    def test_forgets_failures_after_success(self, store: Store, officer: accounts.Account) -> None:
        for _ in range(4):
            login(store, "wrong")
        login(store, PASSWORD)
        for _ in range(4):
            assert login(store, "wrong").refusal is LoginRefusal.WRONG
        assert login(store, PASSWORD).account == officer

    def test_renews_an_outdated_hash(
        self, store: Store, officer: accounts.Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        assert login(store, PASSWORD).account == officer
        with store.reading() as session:
            assert "m=16,t=2" in session.execute(text("SELECT password_hash FROM account")).scalar_one()

    def test_hashes_for_an_unknown_name_too(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else the time of the answer tells which usernames exist."""
        asked: list[str | None] = []
        monkeypatch.setattr(passwords, "matches", lambda kept, password: bool(asked.append(kept)))
        login(store, PASSWORD, username="nobody")
        assert asked == [None]
        monkeypatch.undo()
        assert passwords.matches(None, "nobody has this password") is False


class TestSessions:
    def test_belong_to_whom_they_were_opened_for(self, store: Store, officer: accounts.Account, token: str) -> None:
        found = live(store, token)
        assert found is not None
        assert (found.account, found.touch_due, len(found.csrf_token)) == (officer, False, 64)
        assert live(store, token[:-1] + ("A" if token[-1] != "A" else "B")) is None
        assert live(store, "") is None

    def test_keep_only_a_hash_of_the_token(self, store: Store, token: str) -> None:
        with store.reading() as session:
            kept = str(session.execute(text("SELECT * FROM login_session")).all())
        assert token not in kept
        assert len(token) >= 43

    def test_end_when_idle_unless_touched(self, store: Store, token: str) -> None:
        assert live(store, token, after=timedelta(minutes=29, seconds=59)) is not None
        assert live(store, token, after=timedelta(minutes=30)) is None
        with store.session() as session:
            accounts.touch_session(session, token, at=NOW + timedelta(minutes=29))
        later = live(store, token, after=timedelta(minutes=58))
        assert later is not None
        assert later.touch_due is True

    def test_end_after_a_shift_however_busy(self, store: Store, token: str) -> None:
        end = timedelta(hours=12)
        with store.session() as session:
            accounts.touch_session(session, token, at=NOW + end - timedelta(minutes=1))
        assert live(store, token, after=end - timedelta(seconds=1)) is not None
        assert live(store, token, after=end) is None

    def test_end_at_logout_and_at_a_new_password(self, store: Store, officer: accounts.Account, token: str) -> None:
        with store.session() as session:
            accounts.close_session(session, token)
            second = accounts.open_session(session, officer, ip=None, at=NOW)
        assert live(store, token) is None
        with store.session() as session:
            accounts.set_password(session, username="huong", password="ein-neues-passwort")
        assert live(store, second) is None
        assert login(store, PASSWORD).refusal is LoginRefusal.WRONG
        assert login(store, "ein-neues-passwort").account == officer

    def test_that_ended_are_forgotten(self, store: Store, officer: accounts.Account, token: str) -> None:
        with store.session() as session:
            accounts.open_session(session, officer, ip=None, at=NOW + timedelta(hours=13))
        with store.reading() as session:
            assert session.execute(text("SELECT count(*) FROM login_session")).scalar() == 1
