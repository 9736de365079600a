"""One certificate from one CA, step by step, so that a killed issuer's work is finished by the next one.

Before the CA can issue anything, the order's URL and the private key stand in storage. Whoever holds the lock
next finds them and goes on where the order stands: one valid order for each set of names, however often its
issuer dies.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from village.certs import acme, certificate, keys, minting
from village.certs.answers import UNREACHABLE, Authorization, Order
from village.certs.bundle import Bundle, ca_key
from village.certs.names import is_address
from village.certs.shelf import Shelf
from village.certs.worker import Worker
from village.errors import AcmeProblem, ChallengeFailed, VillageError
from village.settings.model import AcmeSettings
from village.storage.lease import Lease

log = logging.getLogger("village.certs")

DEADLINE = 120.0  # seconds for all validations together, and again for the finalisation
CALL = 90.0  # seconds for one step, whatever the CA sends meanwhile
FIRST_LOOK, LAST_LOOK = 0.1, 5.0  # seconds between two looks at what the CA does
ORDER_LIFE = 3600.0  # an older order under way is forgotten
PUBLIC_CAS = ("letsencrypt.org", "zerossl.com", "buypass.com", "pki.goog", "ssl.com", "sectigo.com", "digicert.com")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be obtained. ``key`` is the set's name in storage; "" for a trial that leaves nothing behind."""

    key: str
    names: tuple[str, ...]
    replaces: str = ""  # the predecessor's certID, for ARI
    after: str = ""  # the predecessor's fingerprint: an order under way from before it is stale


class Conversation:
    """The steps of one attempt at one CA, under one lease."""

    def __init__(
        self,
        settings: AcmeSettings,
        shelf: Shelf,
        worker: Worker,
        lease: Lease,
        directory: str,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._shelf = shelf
        self._worker = worker
        self._lease = lease
        self._directory = directory
        self._ca = ca_key(directory)
        self._session: acme.Session | None = None
        self._thumbprint = ""
        self._deadline = DEADLINE
        self._clock = clock

    @property
    def session(self) -> acme.Session:
        assert self._session is not None, "open first"
        return self._session

    async def call(self, step: Callable[[acme.Session], Result]) -> Result:
        """One blocking step in the worker's thread. Raises LeaseLost before anything happens twice."""
        self._lease.check()
        return await self._read(step)

    async def _act(self, step: Callable[[acme.Session], Result]) -> Result:
        """A step that leaves an order or a certificate at the CA: only once the storage itself says that the lock is
        ours, for one that came back empty gave it to somebody else. Raises LeaseLost, StorageError.
        """
        await self._lease.confirm()
        return await self._read(step)

    async def _read(self, step: Callable[[acme.Session], Result]) -> Result:
        session = self.session
        return await self._in_time(lambda: step(session))

    async def _in_time(self, step: Callable[[], Result]) -> Result:
        try:
            return await self._worker.run(step, CALL)
        except TimeoutError:
            text = f"{self._directory} did not end an answer within {CALL:.0f} s"
            raise AcmeProblem(UNREACHABLE, text) from None

    async def open(self) -> acme.Session:
        """Fetch the directory. Raises AcmeProblem of kind ``unreachable``."""
        account_key = await self._shelf.account_key()
        self._thumbprint = keys.thumbprint_of(account_key)
        self._lease.check()

        def begin() -> acme.Session:
            self._session = acme.open_session(self._directory, account_key, ca_bundle=self._settings.ca_bundle)
            return self._session

        return await self._in_time(begin)

    def close(self) -> None:
        """Close the connections, in their own thread and after what it does now: an attempt may have been
        cancelled.
        """

        def end() -> None:
            if self._session is not None:
                self._session.close()

        self._worker.later(end)

    async def sign_in(self, *, anew: bool = False) -> None:
        """Use the stored account, or register one (again, with the same key, when the CA has lost it)."""
        url = "" if anew else await self._shelf.account(self._ca, self._thumbprint)
        if url:
            await self.call(lambda session: session.use_account(url))
            return
        account = acme.Account(self._settings.email, self._settings.eab_kid, self._settings.eab_hmac)
        required = bool(self.session.meta.get("externalAccountRequired"))
        bind = bool(account.eab_kid) and (required or len(self._settings.directory) == 1)
        if required and not bind:
            hint = "set VILLAGE_ACME_EAB_KID and VILLAGE_ACME_EAB_HMAC to what the CA gave you"
            raise AcmeProblem("externalAccountRequired", "this CA wants an account binding", hint=hint)
        url = await self.call(lambda session: session.register(account, bind=bind))
        log.info("registered the account %s", url)
        await self._shelf.put_account(self._ca, url, self._thumbprint)

    async def obtain(self, wanted: Wanted) -> Bundle:
        """The certificate. Raises AcmeProblem, ChallengeFailed (with ``names``), LeaseLost, StorageError."""
        await self.sign_in()
        order, key_pem = await self._order(wanted)
        try:
            if order.status in {"pending", ""}:
                await self._prove(order)
            issued = await self._finish(order, minting.request(keys.from_pem(key_pem), wanted.names))
            chains = await self._read(lambda session: session.chains(issued.certificate))
            return self._checked(preferred(chains, self._settings.preferred_chain), key_pem, wanted)
        except AcmeProblem as problem:
            if wanted.key and is_final(problem):
                await self._shelf.put_order(wanted.key, None)
            raise

    def _checked(self, chain: bytes, key_pem: bytes, wanted: Wanted) -> Bundle:
        """What the CA sent, once it is what was ordered; else an AcmeProblem, so that the table of retries holds."""
        try:
            bundle = Bundle.of(chain, key_pem, self._directory)
        except VillageError as error:
            raise AcmeProblem("unforeseen", f"what the CA issued is of no use: {error}") from None
        lacking = [name for name in wanted.names if not bundle.facts.covers(name)]
        if lacking:
            raise AcmeProblem("unforeseen", f"what the CA issued is not for {', '.join(lacking)}")
        return bundle

    async def _order(self, wanted: Wanted) -> tuple[Order, bytes]:
        resumed = await self._resume(wanted) if wanted.key else None
        if resumed:
            return resumed
        key_pem = keys.to_pem(keys.new_key())
        if wanted.key:
            await self._note_order()
        order = await self._new_order(wanted)
        if wanted.key:
            record = {
                "url": order.url,
                "ca": self._ca,
                "key": key_pem.decode(),
                "names": list(wanted.names),
                "at": self._clock(),
                "after": wanted.after,
            }
            await self._shelf.put_order(wanted.key, record)
        return order, key_pem

    async def _resume(self, wanted: Wanted) -> tuple[Order, bytes] | None:
        """The order that a former holder of the lock left under way, if it is for the same names and still lives."""
        record = await self._shelf.order(wanted.key)
        if record is None or record["ca"] != self._ca or set(record["names"]) != set(wanted.names):
            return None
        if record["after"] != wanted.after or abs(self._clock() - record["at"]) > ORDER_LIFE:
            return None
        try:
            order = await self.call(lambda session: session.order_at(record["url"]))
        except AcmeProblem as problem:
            if problem.kind == UNREACHABLE and problem.status == 0:
                raise
            order = None
        if order is None or order.status == "invalid":
            await self._shelf.put_order(wanted.key, None)
            return None
        log.info("going on with the order %s, which is %s", order.url, order.status)
        return order, record["key"].encode()

    async def _note_order(self) -> None:
        ledger = await self._shelf.ledger(self._ca)
        await self._shelf.put_ledger(self._ca, ledger.ordered(self._clock()))

    async def _new_order(self, wanted: Wanted) -> Order:
        """A new order; without ``replaces`` when the CA takes offence at it, with a new account when the CA
        lost ours.
        """
        replaces = wanted.replaces if self.session.has_renewal_info else ""
        try:
            return await self._place(wanted, replaces)
        except AcmeProblem as problem:
            if problem.kind == "accountDoesNotExist":
                log.warning("the CA does not know our account any more; registering again")
                await self.sign_in(anew=True)
            elif not replaces or problem.kind in {UNREACHABLE, "rateLimited", "serverInternal"}:
                raise
            else:
                log.info("the CA refuses this order as a replacement (%s); ordering without", problem.kind)
        return await self._place(wanted, "")

    async def _place(self, wanted: Wanted, replaces: str) -> Order:
        identifiers = [("ip" if is_address(name) else "dns", name) for name in wanted.names]
        profile = self._settings.profile
        offered = self.session.meta.get("profiles")
        if profile and not (isinstance(offered, dict) and profile in offered):
            known = ", ".join(offered) if isinstance(offered, dict) else "none"
            raise AcmeProblem("invalidProfile", f"profile {profile!r} is not offered (offered: {known})")
        return await self._act(lambda session: session.order(identifiers, profile=profile, replaces=replaces))

    async def _prove(self, order: Order) -> None:
        """Have every name validated. All of them are waited for, so that the error names every bad one."""
        pending: list[Authorization] = []
        for url in order.authorizations:
            authorization = await self._authorization(url)
            if authorization.status == "pending" and not authorization.challenge_url:
                raise blame([authorization], "offers no HTTP-01 challenge")
            if authorization.status == "pending" and authorization.challenge_status == "pending":
                await self._answer(authorization)
            if authorization.status != "valid":
                pending.append(authorization)
        settled = [await self._settled(authorization.url) for authorization in pending]
        bad = [authorization for authorization in settled if authorization.status != "valid"]
        if bad:
            raise blame(bad, "could not be validated")

    async def _authorization(self, url: str) -> Authorization:
        return await self.call(lambda session: session.authorization(url))

    async def _answer(self, authorization: Authorization) -> None:
        await self.call(lambda session: session.answer(authorization))

    async def _settled(self, url: str) -> Authorization:
        looks, asked = Looks(self._deadline), None
        while await looks.pause(asked):
            authorization = await self._authorization(url)
            asked = authorization.retry_after
            if authorization.status not in {"pending", "processing"}:
                return authorization
        raise AcmeProblem("timeout", f"the CA did not settle {url} within {self._deadline:.0f} s")

    async def _finish(self, order: Order, csr_pem: bytes) -> Order:
        """Finalise and wait for the certificate (RFC 8555 §7.4).

        From there on the CA issues it whatever we do, so the lock is not asked any more: a certificate that is not
        brought home is ordered a second time.
        """
        order = await self._ready(order)
        if order.status == "ready":
            order = await self._finalize(order, csr_pem)
        url = order.url
        looks = Looks(self._deadline)
        while True:
            if order.status == "valid" and order.certificate:
                return order
            if order.status == "invalid":
                raise order.problem or AcmeProblem("serverInternal", "the order became invalid without a reason")
            if not await looks.pause(order.retry_after):
                break
            order = await self._read(lambda session: session.order_at(url))
        raise AcmeProblem("timeout", f"no certificate within {self._deadline:.0f} s", retry_after=order.retry_after)

    async def _finalize(self, order: Order, csr_pem: bytes) -> Order:
        try:
            return await self._act(lambda session: session.finalize(order, csr_pem))
        except AcmeProblem as problem:
            if problem.kind != "orderNotReady":  # a former holder of the lock has finalised it
                raise
            return order

    async def _ready(self, order: Order) -> Order:
        """The order once the CA has noticed that all its names are proven."""
        url = order.url
        looks = Looks(self._deadline)
        while order.status == "pending" and await looks.pause(order.retry_after):
            order = await self.call(lambda session: session.order_at(url))
        return order


def is_final(problem: AcmeProblem) -> bool:
    """True when the order is spoilt; after anything else the next attempt goes on with it."""
    return problem.kind not in {"timeout", UNREACHABLE, "rateLimited"} and problem.status < 500


def blame(authorizations: Sequence[Authorization], what: str) -> ChallengeFailed:
    """One error for all failed names, with the CA's words for each."""
    problems = [each.problem for each in authorizations if each.problem]
    words = "; ".join(
        f"{each.name} {what}{f' ({each.problem.detail})' if each.problem else ''}" for each in authorizations
    )
    kind = problems[0].kind if problems else "unauthorized"
    return ChallengeFailed(kind, words, names=[each.name for each in authorizations])


def preferred(chains: Sequence[bytes], root: str) -> bytes:
    """The first chain that ends at ``root`` (a common name), else the CA's default."""
    if not root:
        return chains[0]
    for chain in chains:
        if certificate.chain_ends_at(chain, root):
            return chain
    log.warning("the CA offers no chain to %r among %d; taking its default", root, len(chains))
    return chains[0]


class Looks:
    """The pauses between looks at what a CA does: growing, or as it asks, until a deadline of the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._next = FIRST_LOOK

    async def pause(self, asked: float | None) -> bool:
        """Sleep; False when the time is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            return False
        await asyncio.sleep(min(asked or self._next, left))
        self._next = min(self._next * 1.5, LAST_LOOK)
        return True


def is_public(directory: str, ca_bundle: str) -> bool:
    """True for the production directory of a CA that browsers trust and whose limits hurt."""
    host = directory.partition("://")[2].partition("/")[0].lower()
    return not ca_bundle and host.endswith(PUBLIC_CAS) and "staging" not in directory and "test" not in host
