"""Picks from a browser's events what concerns the tracker. Pure: events in, what was seen out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pageheat.services.checking.page import Known

SUBPROTOCOL = "pageheat.v1"
"""By which the tracker's WebSocket is known."""

MAX_KEPT = 200
"""Of requests, sockets, violations and errors of one document: a page may go on for ever."""

WHY_BLOCKED = {
    "csp": "is forbidden by the site's policy",
    "mixed-content": "cannot be loaded: the page is at https:, and it is not",
    "inspector": "is blocked in the browser",
    "subresource-filter": "is blocked in the browser",
    "content-type": "is no script by its type",
    "coep-frame-resource-needs-coep-header": "lacks the Cross-Origin-Embedder-Policy that the page asks for",
    "corp-not-same-origin-after-defaulted-to-same-origin-by-coep": "lacks a Cross-Origin-Resource-Policy",
}

WHY_FAILED = {
    "net::ERR_NAME_NOT_RESOLVED": "the name of its host is not known here",
    "net::ERR_CONNECTION_REFUSED": "nothing listens there",
    "net::ERR_BLOCKED_BY_CLIENT": "a blocker in the browser forbids it",
    "net::ERR_CONNECTION_TIMED_OUT": "its host does not answer",
    "net::ERR_SSL_PROTOCOL_ERROR": "what listens there does not speak https",
    "net::ERR_CERT_AUTHORITY_INVALID": "browsers do not trust who signed its certificate",
    "net::ERR_CERT_COMMON_NAME_INVALID": "its certificate is for another name",
    "net::ERR_CERT_DATE_INVALID": "its certificate has expired, or is not valid yet",
}


@dataclass
class Document:
    """The answer to the request for a page."""

    url: str
    status: int = 0
    kind: str = ""
    policies: list[str] = field(default_factory=list)


@dataclass
class Loading:
    """The request for the tracker's script. `adder` is the script that asked, "" for the HTML."""

    url: str
    loader: str
    adder: str | None
    failure: str = ""
    loaded: bool = False


@dataclass
class Socket:
    """A WebSocket of the tracker. `failure` says why it has not opened."""

    url: str
    is_trackers: bool = False
    opened: bool = False
    failure: str = ""


class Watch:
    """What one page did. All but `documents` is of the newest document in its main frame."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._takes: dict[str, Callable[[dict[str, Any]], None]] = {
            "Page.frameNavigated": self._navigated,
            "Page.loadEventFired": self._load_ended,
            "Page.javascriptDialogOpening": self._dialog_opened,
            "Network.requestWillBeSent": self._requested,
            "Network.responseReceived": self._responded,
            "Network.loadingFinished": self._finished,
            "Network.loadingFailed": self._failed,
            "Network.webSocketCreated": self._socket_created,
            "Network.webSocketWillSendHandshakeRequest": self._socket_asks,
            "Network.webSocketHandshakeResponseReceived": self._socket_answered,
            "Network.webSocketFrameError": self._socket_failed,
            "Network.webSocketClosed": self._socket_closed,
            "Network.webSocketFrameSent": self._frame_sent,
            "Network.webSocketFrameReceived": self._frame_received,
            "Audits.issueAdded": self._issue_found,
            "Log.entryAdded": self._entry_logged,
        }
        self.documents: dict[str, Document] = {}  # by loader
        self._scripts: dict[str, Loading] = {}
        self._posts: dict[str, str] = {}
        self._frame = ""
        self.asked = ""  # the address that was asked for, as the browser writes it
        self.dialogs = 0  # that are open
        self._begin("")

    def _begin(self, loader: str) -> None:
        self.loader = loader
        self.sockets: dict[str, Socket] = {}
        self.violations: list[tuple[str, str]] = []  # directive, address
        self.errors: list[str] = []
        self.is_loaded = False
        self.path = ""
        self.answer: str | None = None

    @property
    def document(self) -> Document | None:
        """The newest document's answer."""
        return self.documents.get(self.loader)

    @property
    def scripts(self) -> list[Loading]:
        """The requests for the tracker's script."""
        return [it for it in self._scripts.values() if it.loader == self.loader]

    @property
    def socket(self) -> Socket | None:
        """The tracker's WebSocket: one that has opened, or else the last one."""
        all_of_it = [it for it in self.sockets.values() if it.is_trackers]
        return next((it for it in all_of_it if it.opened), all_of_it[-1] if all_of_it else None)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take an event."""
        if take := self._takes.get(method):
            take(params)

    def _navigated(self, params: dict[str, Any]) -> None:
        frame = params["frame"]
        if "parentId" not in frame:
            self._frame = frame["id"]
            self._begin(frame["loaderId"])

    def _load_ended(self, _: dict[str, Any]) -> None:
        self.is_loaded = True

    def _dialog_opened(self, _: dict[str, Any]) -> None:
        self.dialogs += 1

    def _requested(self, params: dict[str, Any]) -> None:
        request, identity, loader = params["request"], params["requestId"], params["loaderId"]
        kind = params.get("type")
        if kind == "Document" and identity == loader and self._frame in ("", params.get("frameId")):
            self.documents[loader] = Document(request["url"])
            self.asked = self.asked or request["url"]
        elif kind == "Script" and len(self._scripts) < MAX_KEPT and self._is_tracker(request["url"], params):
            self._scripts.setdefault(
                identity, Loading(request["url"], loader, _adder(params.get("initiator", {})))
            )
        elif request["method"] == "POST" and (path := _path_of(request.get("postData", ""))):
            self._posts[identity] = self.path = path

    def _responded(self, params: dict[str, Any]) -> None:
        identity, response = params["requestId"], params["response"]
        if document := self.documents.get(identity):
            headers = {name.lower(): value for name, value in response["headers"].items()}
            document.url, document.status = response["url"], response["status"]
            document.kind = response.get("mimeType", "")
            document.policies = headers.get("content-security-policy", "").splitlines()
        elif script := self._scripts.get(identity):
            if response["status"] >= 400:
                script.failure = f"cannot be loaded: the answer is {response['status']}"
        elif identity in self._posts:
            self._heard(_answer_to_post(response["status"]))

    def _finished(self, params: dict[str, Any]) -> None:
        if script := self._scripts.get(params["requestId"]):
            script.loaded = not script.failure

    def _failed(self, params: dict[str, Any]) -> None:
        if script := self._scripts.get(params["requestId"]):
            script.failure = script.failure or _why_failed(params)

    def _socket_created(self, params: dict[str, Any]) -> None:
        if len(self.sockets) < MAX_KEPT:
            self.sockets[params["requestId"]] = Socket(params["url"])

    def _socket_asks(self, params: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in params["request"]["headers"].items()}
        if socket := self.sockets.get(params["requestId"]):
            socket.is_trackers = headers.get("sec-websocket-protocol") == SUBPROTOCOL

    def _socket_answered(self, params: dict[str, Any]) -> None:
        if socket := self.sockets.get(params["requestId"]):
            status = params["response"]["status"]
            socket.opened = status == 101
            socket.failure = "" if socket.opened else f"the answer is {status}"

    def _socket_failed(self, params: dict[str, Any]) -> None:
        if socket := self.sockets.get(params["requestId"]):
            socket.failure = socket.failure or params["errorMessage"].rpartition(": ")[2]

    def _socket_closed(self, params: dict[str, Any]) -> None:
        socket = self.sockets.get(params["requestId"])
        if socket and not socket.opened:
            socket.failure = socket.failure or "it was closed before it opened"

    def _frame_sent(self, params: dict[str, Any]) -> None:
        socket = self.sockets.get(params["requestId"])
        if socket and socket.is_trackers:
            self.path = _path_of(params["response"]["payloadData"]) or self.path

    def _frame_received(self, params: dict[str, Any]) -> None:
        socket = self.sockets.get(params["requestId"])
        if socket and socket.is_trackers:
            self._heard(_answer_in(params["response"]["payloadData"]))

    def _issue_found(self, params: dict[str, Any]) -> None:
        details = params["issue"]["details"].get("contentSecurityPolicyIssueDetails", {})
        if details.get("blockedURL") and not details.get("isReportOnly") and len(self.violations) < MAX_KEPT:
            self.violations.append((details["violatedDirective"], details["blockedURL"]))

    def _entry_logged(self, params: dict[str, Any]) -> None:
        if params["entry"].get("level") == "error" and len(self.errors) < MAX_KEPT:
            self.errors.append(params["entry"]["text"])

    def _is_tracker(self, url: str, params: dict[str, Any]) -> bool:
        is_own = params.get("frameId") == self._frame
        return is_own and (self._known.holds(url) or self._known.resembles(url, params["documentURL"]))

    def _heard(self, answer: str | None) -> None:
        """An acknowledgement says more than a refusal, such as one of a limit."""
        if answer is not None and self.answer != "":
            self.answer = answer


def reason_of(error: str) -> str:
    """A network error of Chromium in words."""
    return WHY_FAILED.get(error, error)


def _adder(initiator: dict[str, Any]) -> str | None:
    """The script that made a request: "" if it has no address of its own, None for the parser."""
    if initiator.get("type") != "script":
        return None
    stack: dict[str, Any] | None = initiator.get("stack")
    while stack:
        for frame in stack["callFrames"]:
            if frame.get("url"):
                return str(frame["url"])
        stack = stack.get("parent")
    return ""


def _why_failed(params: dict[str, Any]) -> str:
    if reason := params.get("blockedReason"):
        return WHY_BLOCKED.get(reason, f"is blocked: {reason}")
    if cors := params.get("corsErrorStatus"):
        return f"cannot be loaded: the browser forbids it ({cors['corsError']})"
    return f"cannot be loaded: {reason_of(params.get('errorText', ''))}"


def _path_of(payload: str) -> str:
    """The page's address in a frame of the tracker, "" if it is none."""
    if not payload.startswith('{"v":2,'):
        return ""
    try:
        return str(json.loads(payload)["page"]["path"])
    except (ValueError, KeyError, TypeError):
        return ""


def _answer_in(payload: str) -> str | None:
    try:
        message = json.loads(payload)
        if message.get("acknowledged"):
            return ""
        return f"{message['refused']}: {message.get('detail', '')}"
    except (ValueError, KeyError, AttributeError):
        return None


def _answer_to_post(status: int) -> str:
    if status < 300:
        return ""
    return "origin" if status == 403 else f"the answer is {status}"
