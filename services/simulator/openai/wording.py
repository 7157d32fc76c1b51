"""The sentences of the rule-based replies, in Spanish and English."""

from collections.abc import Sequence

from services.simulator.openai.results import Course

_LISTED = 6

ES = {
    "hello": "¡Hola{name}! 👋",
    "how_can_i_help": "Soy la asistente de Emprendemy. ¿Sobre qué tema te gustaría un curso?",
    "i_am": "Soy la asistente de {name}.",
    "on_offer": "Esto es lo que ofrecemos:",
    "help_you": "¿En qué te ayudo?",
    "look_up": "Dejame buscar lo de {subjects}…",
    "look_up_all": "Dejame buscar los cursos que tenemos…",
    "nice_to_meet": "¡Un gusto, {name}! Ya anoté tu nombre.",
    "email_noted": "Anoté tu correo: {email}.",
    "home_noted": "¡Saludos a {place}! 👋",
    "not_saved": "No pude guardar tus datos ahora; lo intento de nuevo más tarde.",
    "found": "Sobre {subject} encontré:",
    "found_all": "Estos son los cursos que tenemos:",
    "found_nothing": "Sobre {subject} no encontré cursos por ahora.",
    "closed": "{names}: por ahora no está abierto a inscripción.",
    "and_more": "… y {count} más.",
    "described": "Te mandé todo sobre {title}.",
    "any_doubt": "¿Te quedó alguna duda?",
    "enrol_here": "Para inscribirte en *{title}*: {link}",
    "not_open": "Ese curso por ahora no está abierto a inscripción. ¿Te busco uno parecido?",
    "not_looked_up": "No pude consultar lo de {subject} en este momento. ¿Lo intentamos en un ratito?",
    "said_by_tool": "Sobre {subject}: {text}",
    "which_course": "¿Sobre qué curso querés saber? Decime el tema y lo busco.",
    "which_of_these": "¿De cuál de estos?",
    "which_topic": "¿Sobre qué tema te gustaría un curso?",
    "want_more": "¿Querés que te cuente más de alguno?",
    "want_more_of_it": "¿Te cuento de qué se trata?",
    "place": "📍 Recibí tu ubicación{place}.",
    "reaction": "¡Gracias por tu {emoji}!",
    "audio": "🎧 Recibí tu audio, pero no lo pude escuchar: ¿me lo escribís?",
    "image": "🖼️ Recibí tu imagen, pero no la pude ver: ¿me contás qué muestra?",
    "heard": "🎧 ¡Escuché tu audio!",
    "seen": "🖼️ Ya vi tu imagen. ¿Es sobre alguno de nuestros cursos?",
    "video": "🎬 Recibí tu video, pero todavía no puedo verlo: ¿me contás qué muestra?",
    "document": "📄 Recibí tu documento, pero todavía no puedo leerlo: ¿me contás qué dice?",
    "sticker": "¡Lindo sticker! 😄",
    "card": "👤 Recibí el contacto que compartiste.",
    "form": "📝 Recibí tu formulario.",
    "order": "🛒 Recibí tu pedido.",
    "unsupported": "Me llegó un mensaje que no puedo abrir: ¿me lo mandás como texto?",
    "person": "Dejé anotado que querés hablar con una persona: el equipo lo va a leer.",
    "handed_over": "Ya le avisé al equipo: una persona te va a escribir por acá.",
    "no_person": "Por acá solo estoy yo, la asistente. ¿En qué te ayudo mientras tanto?",
    "thanks": "¡De nada! Cualquier otra duda, acá estoy.",
    "agreement": "¡Perfecto! ¿Con qué curso seguimos?",
    "unclear": "Sobre {lines} no tengo datos. ¿Me contás un poco más?",
    "idle": "Acá estoy. ¿En qué te ayudo?",
    "and": "y",
    "enrol": "Inscripción",
}  # fmt: skip

EN = {
    "hello": "Hi{name}! 👋",
    "how_can_i_help": "I am Emprendemy's assistant. What would you like to learn?",
    "i_am": "I am the assistant of {name}.",
    "on_offer": "This is what we offer:",
    "help_you": "How can I help?",
    "look_up": "Let me look up {subjects}…",
    "look_up_all": "Let me look up our courses…",
    "nice_to_meet": "Nice to meet you, {name}! I have noted your name.",
    "email_noted": "I have noted your e-mail: {email}.",
    "home_noted": "Greetings to {place}! 👋",
    "not_saved": "I could not save your details now; I will try again later.",
    "found": "About {subject} I found:",
    "found_all": "These are our courses:",
    "found_nothing": "I found no courses about {subject} for now.",
    "closed": "{names}: not open to enrolment for now.",
    "and_more": "… and {count} more.",
    "described": "That is all about {title}.",
    "any_doubt": "Anything else you would like to know?",
    "enrol_here": "To enrol in *{title}*: {link}",
    "not_open": "That course is not open to enrolment for now. Shall I look for a similar one?",
    "not_looked_up": "I could not look up {subject} at the moment. Shall we try again in a while?",
    "said_by_tool": "About {subject}: {text}",
    "which_course": "Which course do you mean? Tell me the topic and I will look it up.",
    "which_of_these": "Which of these?",
    "which_topic": "What would you like to learn?",
    "want_more": "Would you like to know more about one of them?",
    "want_more_of_it": "Shall I tell you more about it?",
    "place": "📍 I got your location{place}.",
    "reaction": "Thanks for your {emoji}!",
    "audio": "🎧 I got your audio, but I could not listen to it: could you write it?",
    "image": "🖼️ I got your picture, but I could not see it: what does it show?",
    "heard": "🎧 I listened to your voice message!",
    "seen": "🖼️ I have seen your picture. Is it about one of our courses?",
    "video": "🎬 I got your video, but I cannot watch it yet: what does it show?",
    "document": "📄 I got your document, but I cannot read it yet: what does it say?",
    "sticker": "Nice sticker! 😄",
    "card": "👤 I got the contact you shared.",
    "form": "📝 I got your form.",
    "order": "🛒 I got your order.",
    "unsupported": "I got a message I cannot open: could you send it as text?",
    "person": "I noted that you want to talk to a person: the team will read it.",
    "handed_over": "I have told the team: a person will write to you here.",
    "no_person": "It is only me here, the assistant. How can I help meanwhile?",
    "thanks": "You are welcome! I am here if you need anything else.",
    "agreement": "Great! Which course shall we go on with?",
    "unclear": "I have no facts on {lines}. Could you tell me more?",
    "idle": "I am here. How can I help?",
    "and": "and",
    "enrol": "Enrol",
}  # fmt: skip

# Names for the further fields of a course; a field without one is called by its own name.
_FIELDS = {
    "description": "", "summary": "", "descripcion": "",
    "duration": "Duración", "start": "Comienza", "duration_weeks": "Semanas", "weeks": "Semanas",
    "duration_hours": "Horas", "hours": "Horas",
    "level": "Nivel", "modality": "Modalidad", "starts": "Comienza", "starts_on": "Comienza", "start_date": "Comienza",
    "requirements": "Requisitos", "teacher": "Docente", "certificate": "Certificado",
    "syllabus": "Temario", "topics": "Temas", "modules": "Módulos", "includes": "Incluye", "audience": "Para quién es",
}  # fmt: skip


def quoted(texts: Sequence[str], conjunction: str) -> str:
    """«a», «b» y «c», each once, in order; Spanish "y" becomes "e" before an i."""
    marked = [f"«{text}»" for text in dict.fromkeys(texts)]
    if len(marked) < 2:
        return "".join(marked)
    sounds_i = marked[-1][1:].casefold().startswith(("i", "í", "hi", "hí"))
    joint = "e" if conjunction == "y" and sounds_i else conjunction
    return f"{', '.join(marked[:-1])} {joint} {marked[-1]}"


def in_a_list(course: Course) -> str:
    """Two lines at most: title with price, and the link."""
    line = f"• {course.title}" + (f": {course.price}" if course.price else "")
    return line + (f"\n  {course.link}" if course.link else "")


def listing(courses: Sequence[Course], total: int, texts: dict[str, str]) -> str:
    """The first courses of `total`, and how many are not among them."""
    left_out = max(total, len(courses)) - len(courses[:_LISTED])
    more = [texts["and_more"].format(count=left_out)] if left_out else []
    return "\n".join([*map(in_a_list, courses[:_LISTED]), *more])


def in_full(course: Course, texts: dict[str, str]) -> str:
    """All a tool told about one course, a field a line."""
    lines = [f"*{course.title}*" + (f": {course.price}" if course.price else "")]
    for key, value in course.more.items():
        label = _FIELDS.get(key, key.replace("_", " ")) if texts is ES else key.replace("_", " ")
        lines.append(f"{label}: {value}" if label and key not in ("description", "summary") else value)
    if course.link:
        lines.append(f"{texts['enrol']}: {course.link}")
    return "\n".join(lines)
