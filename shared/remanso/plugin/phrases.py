"""What the bot says in its own words where client.toml has none."""

SAID_BY_DEFAULT = {
    "es": {
        "feedback_yes": "Sí",
        "feedback_no": "No",
        "feedback_reason": "¿Qué podríamos mejorar?",
        "feedback_thanks": "¡Gracias por contarnos!",
        "flood": "Nos llegaron más mensajes tuyos de los que podemos leer. Escribinos de nuevo más tarde, por favor.",
        "unsure": "Prefiero confirmarlo antes de responderte. Una persona del equipo lo revisa y te escribe.",
    },
    "en": {
        "feedback_yes": "Yes",
        "feedback_no": "No",
        "feedback_reason": "What could we do better?",
        "feedback_thanks": "Thank you for telling us!",
        "flood": "You sent us more messages than we can read. Please write to us again later.",
        "unsure": "I would rather check this before I answer. A person from the team will look at it and write to you.",
    },
}
