"""`python -m cupel.testing.demo`: the main job, and attacks on it, on this machine alone.

A local service that pretends to be of some kind of hardware is asked through the `cupel` command
and through the Python client. Then an attacker takes its place in several ways, and each must be
refused before a byte of the prompt arrives. Exit codes: 0 when all of that happened; 1 when
something did not, with its name; 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cupel.testing.attacks import Attack
from cupel.testing.console import Console
from cupel.testing.errors import ServiceError
from cupel.testing.kinds import KINDS, load
from cupel.testing.kinds.kind import Kind
from cupel.testing.local import LocalService

PROMPT = "What is a cupel?"
_SECONDS = 60.0


class WentWrong(Exception):
    """A step that did not go as it should, with the reason."""


@dataclass
class Step:
    """What became of one step."""

    name: str
    ok: bool = False
    seconds: float = 0.0
    facts: dict[str, object] = field(default_factory=dict)
    error: str | None = None


def find_command() -> str:
    """The `cupel` command: $CUPEL_BIN, beside this Python, or on PATH. Raises WentWrong."""
    named = os.environ.get("CUPEL_BIN")
    beside = str(Path(sys.executable).parent / "cupel")
    for candidate in (named,) if named else (beside, "cupel"):
        found = shutil.which(candidate)
        if found is not None:
            return found
    raise WentWrong(
        f"CUPEL_BIN names {named}, which is no program"
        if named
        else "the cupel command is not on PATH; set CUPEL_BIN to it"
    )


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise WentWrong(otherwise)


class Demo:
    """The steps in order, told to a console and kept for the summary."""

    def __init__(self, console: Console, kind: Kind[Any]) -> None:
        """Does nothing yet."""
        self._console = console
        self._kind = kind
        self.steps: list[Step] = []

    def run(self) -> bool:
        """Runs every step; the service's start is the one the others cannot do without."""
        say, tell = self._console.say, self._console.tell
        say("Cupel: first the assay, then the question", style="bold")
        tell(
            f"Everything happens on this machine. {self._kind.stands_in}; "
            "the checks are the real ones.",
            indent="",
        )
        service: LocalService = self._kind.make()
        try:
            with self._step("a service starts") as step:
                service.start()
                step.facts["base_url"] = service.base_url
                tell(self._kind.start)
                tell(f"Service:  {service.base_url}")
                tell(f"Policy:   {service.policy_file}")
                for path in service.trust.files():
                    tell(f"Anchor:   {path}")
            if self.steps[-1].ok:
                self._asks(service)
                if self._kind.measured is not None:
                    with self._step("reference values from files") as step:
                        step.facts.update(self._kind.measured(find_command(), tell))
                for attack in self._kind.attacks:
                    self._attack(attack, service)
        finally:
            service.close()
        return self._conclude()

    @contextmanager
    def _step(self, name: str) -> Iterator[Step]:
        """One numbered step; whatever goes wrong in it is noted, and the next one goes on."""
        step = Step(name)
        self.steps.append(step)
        self._console.say()
        self._console.say(f"{len(self.steps)}. {name[0].upper()}{name[1:]}", style="bold")
        started = time.monotonic()
        try:
            yield step
            step.ok = True
        except WentWrong as error:
            step.error = str(error)
        except Exception as error:
            step.error = f"{type(error).__name__}: {error}"
        step.seconds = round(time.monotonic() - started, 3)
        if step.ok:
            self._console.say(f"   as it should be ({step.seconds:.2f} s)", style="green")
        else:
            self._console.tell(f"WENT WRONG: {step.error}", style="red")

    # ---- asking ---------------------------------------------------------------------------------

    def _asks(self, service: LocalService) -> None:
        with self._step("the command asks") as step:
            self._command_asks(service, step)
        with self._step("Python asks") as step:
            self._python_asks(service, step)
        with self._step("Python listens while the answer is made") as step:
            self._python_streams(service, step)

    def _command_asks(self, service: LocalService, step: Step) -> None:
        service.reset_counts()
        self._console.tell(
            "Evidence first, with a nonce of its own; then the verdict; then a connection that "
            "only the TLS key of the evidence can open; then the prompt."
        )
        self._console.say(
            f'   $ cupel ask {service.base_url} --policy P {_shown(service)} "{PROMPT}"',
            style="dim",
        )
        done = _ask(service, service)
        for line in done.stderr.splitlines():
            self._console.tell(line.strip(), style="dim")
        _require(done.returncode == 0, f"exit code {done.returncode}: {done.stderr.strip()}")
        _require(bool(done.stdout.strip()), "the answer is empty")
        self._arrived(service, step)
        step.facts["answer"] = done.stdout.strip()
        self._console.tell(f"“{done.stdout.strip()} …”")

    def _python_asks(self, service: LocalService, step: Step) -> None:
        service.reset_counts()
        self._console.say("   client = cupel.Client(base_url, policy=…, anchors=…)", style="dim")
        self._console.say("   client.chat.completions.create(model=…, messages=…)", style="dim")
        with _client(service, service) as client:
            reply = client.chat.completions.create(model="demo", messages=_messages())
            answer = reply.choices[0].message.content
            _require(isinstance(answer, str) and bool(answer.strip()), "the answer is empty")
            _require(reply.attestation is not None, "the answer carries no attestation")
            self._arrived(service, step)
            step.facts["answer"] = answer
            self._console.tell(f"“{answer} …”")
            first = str(reply.attestation).strip().splitlines()[0]
            self._console.tell(f"reply.attestation: {first}")

    def _python_streams(self, service: LocalService, step: Step) -> None:
        service.reset_counts()
        with _client(service, service) as client:
            pieces = [
                chunk.choices[0].delta.content or ""
                for chunk in client.chat.completions.create(
                    model="demo", messages=_messages(), max_tokens=16, stream=True
                )
                if chunk.choices
            ]
        spoken = [piece for piece in pieces if piece]
        _require(len(spoken) > 1, "the answer did not come in pieces")
        self._arrived(service, step)
        step.facts["pieces"] = len(spoken)
        self._console.tell(f"“{'|'.join(spoken)}”, {len(spoken)} pieces")

    def _arrived(self, service: LocalService, step: Step) -> None:
        """The prompt did arrive here: otherwise "zero bytes" below would say nothing."""
        _require(service.saw(PROMPT.encode()), "an answer came, but the prompt never arrived")
        step.facts["prompt_bytes_received"] = service.prompt_bytes_received

    # ---- attacks --------------------------------------------------------------------------------

    def _attack(self, attack: Attack[Any], genuine: LocalService) -> None:
        with self._step(f"attack: {attack.name}") as step:
            self._console.tell(attack.story)
            with attack.mount(genuine) as impostor:
                self._refused_by_command(attack, genuine, impostor, step)
                received = _evidence_and_nothing_else(impostor, "the command")
                impostor.reset_counts()
                self._refused_by_python(attack, genuine, impostor, step)
                received += _evidence_and_nothing_else(impostor, "the Python client")
                step.facts["prompt_bytes_received"] = received
                self._console.say(f"   Bytes of the prompt that reached the attacker: {received}")

    def _refused_by_command(
        self, attack: Attack[Any], genuine: LocalService, impostor: LocalService, step: Step
    ) -> None:
        done = _ask(impostor, genuine, "--json")
        try:
            result = json.loads(done.stdout)
        except ValueError as error:
            raise WentWrong(f"the command printed no JSON: {done.stderr.strip()}") from error
        _require(
            done.returncode == attack.exit_code,
            f"exit code {done.returncode} where {attack.exit_code} was due: {done.stderr.strip()}",
        )
        code = result["error"]["code"]
        _require(code == attack.code, f"refused as {code} where {attack.code} was due")
        failed = [one for one in result.get("report", {}).get("checks", []) if not one["passed"]]
        claims = sorted(one["claim"] for one in failed)
        _require(
            claims == sorted(attack.failing_claims),
            f"refused over {claims} where {sorted(attack.failing_claims)} was due",
        )
        check = result["error"].get("check", "")
        _require(attack.check in ("", check), f"refused by {check} where {attack.check} was due")
        step.facts["exit_code"] = done.returncode
        step.facts["code"] = code
        step.facts["checks"] = [one["id"] for one in failed] or [check]
        self._console.say(f"   cupel ask: refused, exit code {done.returncode}", style="green")
        for one in failed:
            self._console.tell(f"{one['id']}  {one['claim']}", indent="      ")
            self._console.say(f"         expected  {_short(one['expected'])}")
            self._console.say(f"         got       {_short(one['actual'])}")
        if not failed:
            told = result["error"]
            text = f"{told.get('check', '')}  {code} at {told['where']}: {told.get('detail')}"
            self._console.tell(text.strip(), indent="      ")

    def _refused_by_python(
        self, attack: Attack[Any], genuine: LocalService, impostor: LocalService, step: Step
    ) -> None:
        cupel = _cupel()
        try:
            with _client(impostor, genuine) as client:
                client.chat.completions.create(model="demo", messages=_messages())
        except cupel.CupelError as error:
            name = type(error).__name__
            wanted = getattr(cupel, attack.python_error)
            _require(isinstance(error, wanted), f"{name} was raised, not {attack.python_error}")
            _require(error.code == attack.code, f"refused as {error.code}, not as {attack.code}")
            step.facts["python_error"] = name
            self._console.say(f"   Python:    cupel.{name} ({error.code})", style="green")
        else:
            raise WentWrong("the Python client got an answer from the attacker")

    def _conclude(self) -> bool:
        self._console.say()
        wrong = [step for step in self.steps if not step.ok]
        if not wrong:
            self._console.say(f"All {len(self.steps)} steps went as they should.", style="green")
            return True
        for step in wrong:
            self._console.say(f"Went wrong: {step.name}", style="red")
        return False


def _evidence_and_nothing_else(impostor: LocalService, who: str) -> int:
    """The attacker was asked for evidence (or the refusal would say nothing), and only for that."""
    received = impostor.prompt_bytes_received
    _require(received == 0, f"{who} sent {received} bytes besides its request for evidence")
    _require(not impostor.saw(PROMPT.encode()), f"{who} let the prompt out")
    asked = any(path in impostor.evidence_types for path, _ in impostor.received)
    _require(asked, f"{who} refused without having asked the attacker for evidence")
    return received


def _ask(
    target: LocalService, genuine: LocalService, *more: str
) -> subprocess.CompletedProcess[str]:
    """`cupel ask` at a target, with the policy and the anchor of the genuine service."""
    return subprocess.run(
        [
            find_command(), "ask", target.base_url, *more,
            "--policy", str(genuine.policy_file),
            *genuine.trust.words(),
            *genuine.protocol_words(),
            PROMPT,
        ],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )  # fmt: skip


def _shown(service: LocalService) -> str:
    """The options of a command line with the paths cut short, for people."""
    options = [word for word in service.trust.words() if word.startswith("--")]
    return " ".join([*(f"{option} A" for option in options), *service.protocol_words()])


def _cupel() -> Any:
    """The Python package, looked up late: the service works without its compiled core."""
    try:
        package = importlib.import_module("cupel")
    except ImportError as error:
        raise WentWrong(f"the Python package cupel cannot be imported: {error}") from error
    _require(hasattr(package, "Client"), "the Python package cupel has no Client")
    return package


@contextmanager
def _client(target: LocalService, genuine: LocalService) -> Iterator[Any]:
    cupel = _cupel()
    protocol = genuine.evidence_protocol
    client = cupel.Client(
        base_url=target.base_url,
        policy=genuine.policy_file,
        anchors=genuine.trust.for_client(cupel),
        endorsements=genuine.trust.endorsements_for(cupel),
        service="openai",
        timeout=_SECONDS,
        **({} if protocol == "document" else {"evidence": protocol}),
    )
    try:
        yield client
    finally:
        close: Callable[[], None] = client.close
        close()


def _messages() -> list[dict[str, str]]:
    return [{"role": "user", "content": PROMPT}]


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:16]}…{value[-8:]}"


def _kind(text: str) -> str:
    if text not in KINDS:
        raise argparse.ArgumentTypeError(
            f"there is no demo for {text!r}: it would need an emulator of that hardware. "
            f"Kinds: {', '.join(KINDS)}"
        )
    return text


def main(words: list[str] | None = None) -> int:
    """Runs the demo; see the module's text for the exit codes."""
    parser = argparse.ArgumentParser(
        prog="python -m cupel.testing.demo",
        description="Ask an attested service on this machine, then attack it.",
    )
    parser.add_argument("--kind", type=_kind, default="tpm", help="which hardware to stand in for")
    parser.add_argument(
        "--json",
        action="store_true",
        default=os.environ.get("CUPEL_DEMO_JSON", "") not in ("", "0"),
        help="print one JSON object instead (also: CUPEL_DEMO_JSON=1)",
    )
    arguments = parser.parse_args(words)
    try:
        kind = load(arguments.kind)
    except ServiceError as error:
        parser.error(str(error))
    demo = Demo(Console(sys.stdout, quiet=arguments.json), kind)
    ok = demo.run()
    if arguments.json:
        summary = {
            "schema": "cupel.demo/1",
            "kind": arguments.kind,
            "ok": ok,
            "prompt_sha256": hashlib.sha256(PROMPT.encode()).hexdigest(),
            "steps": [vars(step) for step in demo.steps],
        }
        Console(sys.stdout).say(json.dumps(summary, indent=2))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
