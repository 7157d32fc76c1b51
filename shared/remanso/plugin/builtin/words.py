"""What the model reads of the built-in tools, in the languages clients speak: their docstrings and their results."""

from dataclasses import dataclass

from remanso.plugin.config import Language


@dataclass(frozen=True)
class Words:
    save_contact: str
    handoff: str
    send_buttons: str
    send_list: str
    request_location: str
    no_email: str
    handed_off: str
    sent: str


ES = Words(
    save_contact="""Guarda lo que la persona dijo de sí misma. Solo lo que dijo: nunca supongas un dato.

    Args:
        name: su nombre, como lo escribió; null si no lo dijo.
        email: su correo; null si no lo dijo.
        city: la ciudad o el lugar donde vive; null si no lo dijo.
        interest: qué le interesa, en una frase; null si no lo dijo.
        note: otra cosa que el equipo deba saber, en una frase; null si no hay nada que anotar.
    """,
    handoff="""Pide que siga una persona del equipo. Cuando la persona lo pide, se queja, o no la podés ayudar.

    Args:
        reason: qué necesita, en una frase, para quien la atienda.
    """,
    send_buttons="""Manda un texto con botones para elegir. La persona contesta tocando uno.

    Args:
        text: la pregunta que va arriba de los botones, hasta 1024 caracteres.
        buttons: de uno a tres títulos distintos, de hasta 20 caracteres.
    """,
    send_list="""Manda un texto con una lista para elegir. Para cuatro opciones o más; con menos, botones.

    Args:
        text: la pregunta que va arriba, hasta 4096 caracteres.
        label: el botón que abre la lista, hasta 20 caracteres.
        rows: hasta diez opciones distintas: título de hasta 24 caracteres y descripción de hasta 72, o null.
    """,
    request_location="""Le pide a la persona su ubicación, con un botón para compartirla.

    Args:
        text: el pedido, hasta 1024 caracteres.
    """,
    no_email="email: eso no es un correo; pedile a la persona que lo revise",
    handed_off="Pedido. Cuando respondas sigue una persona del equipo: avisale.",
    sent="Ya se le mandó, con el texto: no lo repitas. Si no hay nada que agregar, respondé sin texto.",
)

EN = Words(
    save_contact="""Writes down what the person said about themselves. Only what they said: never guess.

    Args:
        name: their name, as they wrote it; null if they did not say.
        email: their e-mail address; null if they did not say.
        city: the city or place where they live; null if they did not say.
        interest: what they are interested in, in one sentence; null if they did not say.
        note: anything else the team should know, in one sentence; null if there is nothing.
    """,
    handoff="""Asks for a person of the team to go on. When they ask for one, complain, or you cannot help.

    Args:
        reason: what they need, in one sentence, for whoever takes over.
    """,
    send_buttons="""Sends a text with buttons to choose from. The person answers by tapping one.

    Args:
        text: the question above the buttons, up to 1024 characters.
        buttons: one to three different titles of up to 20 characters.
    """,
    send_list="""Sends a text with a list to choose from. For four options or more; for fewer use buttons.

    Args:
        text: the question above it, up to 4096 characters.
        label: the button that opens the list, up to 20 characters.
        rows: up to ten different options: a title of up to 24 characters and a description of up to 72, or null.
    """,
    request_location="""Asks the person where they are, with a button to share it.

    Args:
        text: the request, up to 1024 characters.
    """,
    no_email="email: this is no e-mail address; ask the person to check it",
    handed_off="Done. After your answer a person of the team goes on: tell them so.",
    sent="It has been sent, with its text: do not repeat it. If there is nothing to add, answer without text.",
)

WORDS: dict[Language, Words] = {"es": ES, "en": EN}
