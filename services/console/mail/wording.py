"""What an e-mail says. No number and nothing that a contact wrote but their name; the rest is behind the login."""

from dataclasses import dataclass
from email.message import EmailMessage
from gettext import NullTranslations

from remanso.store.letters import Letter, Wanted
from services.console.pages.reasons import why

HANDOFF, MISSED, INVITATION, RESET, FORGOTTEN = "handoff", "missed", "invitation", "reset", "forgotten"


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def handoff(words: NullTranslations, wanted: Wanted, client: str, link: str, account: str) -> Text:
    _ = words.gettext
    name = _line(wanted.name or _("Somebody"))
    told = {
        "client": client,
        "name": name,
        "reason": _line(why(wanted.reason, words)),
        "link": link,
        "account": account,
    }
    subject = _("%(client)s: %(name)s needs a person")
    news = [_("%(name)s is waiting for a person of %(client)s.")]
    if wanted.missed:
        subject = _("%(client)s: nobody came for %(name)s")
        news = [
            _("%(name)s waited for a person of %(client)s, and nobody came in time."),
            _("The bot has the word again. The conversation stays marked until somebody sees to it."),
        ]
    body = [
        *news,
        _("Why: %(reason)s"),
        _("Open the conversation: %(link)s"),
        _("You get this because you are on the team. Turn it off in your account: %(account)s"),
    ]
    return Text(subject % told, "\n\n".join(body) % told)


def invitation(words: NullTranslations, client: str, made_by: str, link: str) -> Text:
    _ = words.gettext
    told = {"client": client, "who": _line(made_by), "link": link}
    body = [
        _("%(who)s invites you to the team of %(client)s."),
        _("Join here: %(link)s"),
        _("The link works once, for seven days, and only for you."),
    ]
    return Text(_("Join the team of %(client)s") % told, "\n\n".join(body) % told)


def reset(words: NullTranslations, made_by: str, link: str) -> Text:
    _ = words.gettext
    told = {"who": _line(made_by), "link": link}
    body = [
        _("%(who)s made a link to a new password for you."),
        _("Choose it here: %(link)s"),
        _("The link works once, for 24 hours. If you did not ask for it, tell them."),
    ]
    return Text(_("A new password"), "\n\n".join(body) % told)


def forgotten(words: NullTranslations, link: str) -> Text:
    _ = words.gettext
    body = [
        _("Somebody, probably you, asked for a new password for this address."),
        _("Choose it here: %(link)s"),
        _("The link works once, for an hour. If it was not you, do nothing: your password stays as it is."),
    ]
    return Text(_("A new password"), "\n\n".join(body) % {"link": link})


def message(letter: Letter, text: Text, sender: str, host: str) -> EmailMessage:
    """The same letter has the same Message-ID each time: what arrives twice is one message to a mailbox that looks."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, letter.recipient, _line(text.subject)
    mail["Message-ID"] = f"<{letter.id}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text.body)
    return mail


def _line(text: str) -> str:
    """On one line, and no longer than a header should be."""
    return " ".join(text.split())[:200]
