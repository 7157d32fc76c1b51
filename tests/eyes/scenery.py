"""What there is to see: a dialog with every kind of message, one that a person holds, one that waits for somebody."""

from typing import Any
from uuid import UUID

from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import read_outgoing
from remanso.store import Store
from tests.eyes.people import CLIENT
from tests.support.desk import Desk
from tests.support.waiting import eventually

EVERYTHING, WAITING, PLAIN = "5491155557001", "5491155557002", "5491155557003"
NAMES = {EVERYTHING: "Sofía Benítez", WAITING: "Jorge Luis Fernández Castro", PLAIN: "Ximena Ocampo"}

SENT: tuple[dict[str, Any], ...] = (
    {
        "type": "buttons",
        "text": "¿Qué preferís?",
        "footer": "Podés cambiarlo después",
        "buttons": [{"id": "si", "title": "Sí, quiero"}, {"id": "no", "title": "Más tarde"}],
    },
    {
        "type": "list",
        "text": "Estos son los cursos que empiezan en marzo:",
        "label": "Ver cursos",
        "header": "Cursos",
        "footer": "Todos con certificado",
        "sections": [
            {"title": "Marketing", "rows": [{"id": "a", "title": "Redes sociales", "description": "8 clases en vivo"}]},
            {
                "title": "Oficina",
                "rows": [{"id": "b", "title": "Excel inicial"}, {"id": "c", "title": "Excel avanzado"}],
            },
        ],
    },
    {
        "type": "cta_url",
        "text": "Acá te podés anotar.",
        "label": "Inscribirme",
        "url": "https://emprendemy.example/redes",
    },
    {"type": "location_request", "text": "¿Desde dónde nos escribís?"},
    {"type": "contact_info_request", "text": "¿Nos pasás tu número?"},
    {
        "type": "location",
        "latitude": -34.6037,
        "longitude": -58.3816,
        "name": "Sede Centro",
        "address": "Corrientes 1234",
    },
    {
        "type": "contacts",
        "cards": [
            {"name": "Secretaría Emprendemy", "first_name": "Secretaría", "phones": [{"phone": "+54 11 5555-0100"}]}
        ],
    },
    {
        "type": "document",
        "link": "https://emprendemy.example/programa.pdf",
        "filename": "programa.pdf",
        "caption": "El programa",
    },
    {"type": "image", "link": "https://emprendemy.example/tapa.png", "caption": "La tapa"},
)
SAID: tuple[dict[str, Any], ...] = (
    {"type": "image", "caption": "mi logo"},
    {"type": "sticker"},
    {"type": "audio"},
    {"type": "video", "caption": "mirá esto"},
    {"type": "document", "filename": "presupuesto de la cocina nueva con un nombre larguísimo que no termina.pdf"},
    {
        "type": "location",
        "latitude": -34.6,
        "longitude": -58.38,
        "name": "Mi local",
        "address": "Av. Santa Fe 1234, CABA",
    },
    {"type": "location", "latitude": -34.61234567, "longitude": -58.381234},
    {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Lucía Prueba"},
                "phones": [{"phone": "+54 9 11 5555-0199"}],
                "emails": [{"email": "lucia@example.org"}],
                "org": {"company": "Panadería Lucía"},
            }
        ],
    },
    {"type": "list", "id": "a", "title": "Redes sociales", "description": "8 clases en vivo"},
    {"type": "flow", "response_json": '{"nombre": "Sofía", "turno": "mañana"}'},
    {
        "type": "order",
        "product_items": [{"product_retailer_id": "curso-redes", "quantity": 2, "item_price": 100, "currency": "ARS"}],
    },
    {"type": "unsupported"},
)


async def arrange(desk: Desk, store: Store) -> dict[str, UUID]:
    """Everything is said and answered; gives the conversations by their contacts' numbers."""
    first, second, third = "wamid.FIRST", "wamid.SECOND", "wamid.THIRD"
    said = [
        {"type": "text", "text": "Hola! ¿tienen cursos de *marketing*? https://example.org", "wamid": first},
        {"type": "text", "text": "me equivoqué de numero", "wamid": second},
        {"type": "text", "text": "esto no lo quise mandar", "wamid": third},
    ]
    await _send(desk, EVERYTHING, said)
    await desk.until_answered(EVERYTHING)
    changes = [
        {"type": "edit", "original_message_id": second, "text": "me equivoqué de número"},
        {"type": "revoke", "original_message_id": third},
        {"type": "reaction", "emoji": "👍"},
        {"type": "text", "text": "sí, ese", "reply_to": first},
    ]
    await _send(desk, EVERYTHING, changes)
    await _send(desk, EVERYTHING, list(SAID))
    await desk.writes(PLAIN, NAMES[PLAIN], "¿cuánto sale el curso de excel?")
    await desk.until_answered(PLAIN)
    await desk.writes(WAITING, NAMES[WAITING], "quiero hablar con una persona, es por un pago que hice y no figura")
    await desk.until_answered(WAITING)
    found = await _conversations(store)
    await _send_everything(store, found[EVERYTHING])
    await _said_and_done(desk)
    return found


async def _send(desk: Desk, wa_id: str, messages: list[dict[str, Any]]) -> None:
    await desk.control("POST", f"contacts/{wa_id}/send", {"profile_name": NAMES[wa_id], "messages": messages})


async def _conversations(store: Store) -> dict[str, UUID]:
    async with store.transaction() as tx:
        rows = await tx.conversations.of_client(CLIENT)
    return {str(row.reply_wa_id): row.id for row in rows}


async def _send_everything(store: Store, conversation_id: UUID) -> None:
    """One of each kind that a tool may send."""
    payloads = [read_outgoing(each).model_dump(mode="json", exclude_none=True) for each in SENT]
    async with store.transaction() as tx:
        held = await tx.conversations.lock(conversation_id)
        assert held
        place = await tx.conversations.take_delivery_positions(conversation_id, len(payloads))
        await tx.deliveries.add(conversation_id, place, payloads, kind=DeliveryKind.ANSWER, epoch=held.epoch)


async def _said_and_done(desk: Desk) -> None:
    async def arrived() -> bool:
        return len(await desk.got(EVERYTHING)) > len(SENT)

    await eventually(arrived, within=90)
