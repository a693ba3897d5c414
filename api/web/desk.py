"""What an officer's desk does with a case, for pages and JSON alike: one transaction each, then the metrics.

Decides nothing: `evidence.cases.review` checks role, state, version and plate, and refuses with a `CaseError`.
"""

from dataclasses import dataclass

from fastapi import Request

from api.web.auth import ip_of, visitor_of
from api.web.site import Site, site_of
from evidence.cases import audit, review
from evidence.cases.case import CaseSummary, CaseView, NoticeRecord
from evidence.cases.case_states import CaseState, RejectReason
from evidence.cases.notice import notice_renderer
from evidence.vault.findings import Finding


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The undecided cases before and after one; None where there is none."""

    previous_id: str | None
    next_id: str | None


class Desk:
    """The desk of the visitor who sent this request."""

    def __init__(self, request: Request) -> None:
        self.site: Site = site_of(request)
        self.officer = visitor_of(request).account
        self.ip = ip_of(request)
        self.at = self.site.clock()

    def look(self, case_id: str) -> CaseView:
        """Read a case without noting it: for requests that follow a look already noted."""
        with self.site.store.reading() as session:
            return review.case_view(session, case_id)

    def view(self, case_id: str) -> CaseView:
        """Read a case and note in the audit log who looked at it."""
        view = self.look(case_id)
        self.note("case_viewed", case_id)
        self.site.views.note(self.officer.username, case_id, self.at)
        return view

    def view_quietly(self, case_id: str) -> CaseView:
        """Read a case for one of its files: noted only where the case itself was not looked at just before."""
        view = self.look(case_id)
        if self.site.views.is_new(self.officer.username, case_id, self.at):
            self.note("case_files_viewed", case_id)
        return view

    def note(self, what: str, case_id: str | None = None) -> None:
        """A line in the audit log."""
        with self.site.store.session() as session:
            audit.append(session, who=self.officer.username, what=what, at=self.at, case_id=case_id, ip=self.ip)

    def confirm(self, case_id: str, version: int) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.confirm(session, case_id, officer=self.officer, at=self.at, version=version, ip=self.ip)
        self._count("confirmed")
        return case

    def reject(self, case_id: str, version: int, reason: RejectReason, note: str) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.reject(
                session,
                case_id,
                officer=self.officer,
                at=self.at,
                version=version,
                reason=reason,
                note=note,
                ip=self.ip,
            )
        self._count("rejected")
        return case

    def drop_violation(self, case_id: str, version: int, number: int, reason: RejectReason, note: str) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.drop_violation(
                session,
                case_id,
                officer=self.officer,
                at=self.at,
                version=version,
                number=number,
                reason=reason,
                note=note,
                ip=self.ip,
            )
        self._count("violation_dropped")
        return case

    def keep_violation(self, case_id: str, version: int, number: int) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.keep_violation(
                session, case_id, officer=self.officer, at=self.at, version=version, number=number, ip=self.ip
            )
        self._count("violation_kept")
        return case

    def reopen(self, case_id: str, version: int, note: str) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.reopen(
                session, case_id, officer=self.officer, at=self.at, version=version, note=note, ip=self.ip
            )
        self._count("reopened")
        return case

    def correct_plate(self, case_id: str, version: int, text: str) -> CaseSummary:
        with self.site.store.session() as session:
            case = review.correct_plate(
                session, case_id, officer=self.officer, at=self.at, version=version, text=text, ip=self.ip
            )
        self._count("plate")
        return case

    def issue_notice(self, case_id: str) -> NoticeRecord:
        with self.site.store.session() as session:
            notice = review.issue_notice(
                session,
                case_id,
                officer=self.officer,
                at=self.at.replace(microsecond=0),  # a document is dated to the second
                render=notice_renderer(self.site.vault),
                ip=self.ip,
            )
        if notice.is_new:
            self._count("notice")
        return notice

    def verify(self, case_id: str) -> list[Finding]:
        """Check the sealed package now: what does not agree with its seal, or nothing."""
        view = self.look(case_id)
        findings = self.site.vault.findings(view.package_name)
        self.note("package_verified", case_id)
        return findings

    def neighbours(self, case: CaseSummary, code: str = "", camera: str = "") -> Neighbours:
        """The undecided cases around this one within the officer's filters, from the front again at the end."""
        narrowed = {"code": code or None, "camera_id": camera or None, "state": CaseState.RECORDED}
        with self.site.store.reading() as session:
            previous = review.queue(session, before=case.cursor, limit=1, **narrowed)  # type: ignore[arg-type]
            following = review.queue(session, after=case.cursor, limit=1, **narrowed)  # type: ignore[arg-type]
            following = following or review.queue(session, limit=1, **narrowed)  # type: ignore[arg-type]
        others = [other.id for other in following if other.id != case.id]
        return Neighbours(previous[-1].id if previous else None, others[0] if others else None)

    def _count(self, kind: str) -> None:
        self.site.metrics.decisions.labels(kind).inc()
