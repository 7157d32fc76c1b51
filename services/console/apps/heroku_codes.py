"""Heroku's own errors in plain words, and what to do (devcenter.heroku.com/articles/error-codes, Nov 2026).

H: the router. R: a dyno. L: the log pipe.
"""

from typing import NamedTuple


class Meaning(NamedTuple):
    es: str
    en: str
    do_es: str
    do_en: str

    def words(self, language: str) -> tuple[str, str]:
        """What it means, and what to do."""
        return (self.es, self.do_es) if language == "es" else (self.en, self.do_en)


_LOGS = (
    "mirar las últimas líneas de abajo: el proceso dice por qué",
    "look at the last lines below: the process says why",
)
_WAIT = "si no pasa solo: status.heroku.com", "if it does not pass by itself: status.heroku.com"
_MAINTENANCE = "`heroku maintenance:off` cuando termine el trabajo", "`heroku maintenance:off` when the work is done"
_MEMORY = (
    "separar los procesos del worker (debouncer, agent, sender) o un dyno más grande",
    "take the worker's processes apart (debouncer, agent, sender), or a larger dyno",
)
_NOISE = "nada, si es raro", "nothing, where it is rare"
_SLOW = (
    "mirar si RabbitMQ o PostgreSQL responden; Meta manda otra vez lo que no entró",
    "see whether RabbitMQ and PostgreSQL answer; Meta sends again what did not come in",
)
_DRAIN = (
    "bajar REMANSO_LOG_LEVEL a WARNING o mirar si el recolector responde; los mensajes de las personas no se pierden",
    "set REMANSO_LOG_LEVEL to WARNING, or see whether the collector answers; no message of a person is lost",
)

CODES = {
    "H10": Meaning("el proceso web se cayó", "the web process has crashed", *_LOGS),
    "H11": Meaning("llegan más pedidos de los que se atienden", "more requests come than are answered", *_SLOW),
    "H12": Meaning("un pedido tardó más de 30 s", "a request took more than 30 s", *_SLOW),
    "H13": Meaning("la conexión se cerró sin respuesta", "a connection was closed without an answer", *_LOGS),
    "H14": Meaning(
        "no hay ningún proceso web",
        "there is no web process",
        "`remanso fleet scale web=1`",
        "`remanso fleet scale web=1`",
    ),
    "H15": Meaning("una conexión quedó callada 55 s", "a connection was silent for 55 s", *_NOISE),
    "H16": Meaning("un pedido fue redirigido", "a request was redirected", *_NOISE),
    "H17": Meaning("una respuesta HTTP mal formada", "an HTTP answer that is malformed", *_LOGS),
    "H18": Meaning("una respuesta se cortó", "an answer was cut off", *_LOGS),
    "H19": Meaning("el router no pudo conectarse en 5 s", "the router could not connect within 5 s", *_SLOW),
    "H20": Meaning("el proceso web no arrancó en 75 s", "the web process did not boot within 75 s", *_LOGS),
    "H21": Meaning("el proceso web rechazó la conexión", "the web process refused the connection", *_LOGS),
    "H22": Meaning("demasiadas conexiones al proceso web", "too many connections to the web process", *_SLOW),
    "H23": Meaning("dirección mal configurada", "an endpoint is misconfigured", *_WAIT),
    "H24": Meaning("cierre forzado por Heroku", "Heroku closed it by force", *_WAIT),
    "H25": Meaning("restricción de HTTP", "an HTTP restriction", *_LOGS),
    "H26": Meaning("un pedido mal formado", "a malformed request", *_NOISE),
    "H27": Meaning("quien preguntaba se fue antes de la respuesta", "the caller left before the answer", *_NOISE),
    "H28": Meaning("quien preguntaba se quedó callado", "the caller fell silent", *_NOISE),
    "H31": Meaning("un pedido mal dirigido", "a misdirected request", *_NOISE),
    "H80": Meaning("la app está en mantenimiento", "the app is in maintenance mode", *_MAINTENANCE),
    "H81": Meaning(
        "la app todavía no tiene código", "the app has no code yet", "`remanso fleet deploy`", "`remanso fleet deploy`"
    ),
    "H82": Meaning(
        "se acabaron las horas Eco del mes",
        "the month's Eco hours are used up",
        "pasar a Basic: un Eco duerme, y Meta no espera",
        "move to Basic: an Eco dyno sleeps, and Meta does not wait",
    ),
    "H83": Meaning(
        "Heroku quitó la app de servicio", "Heroku took the app out of service", "escribir a Heroku", "write to Heroku"
    ),
    "H99": Meaning("un error de Heroku mismo", "an error of Heroku itself", *_WAIT),
    "R10": Meaning("un proceso no arrancó en 60 s", "a process did not boot within 60 s", *_LOGS),
    "R11": Meaning(
        "el proceso escuchó en otro puerto que $PORT", "the process listens elsewhere than on $PORT", *_LOGS
    ),
    "R12": Meaning("un proceso no terminó en 30 s", "a process did not end within 30 s", *_LOGS),
    "R13": Meaning("un dyno de un solo uso no se pudo conectar", "a one-off dyno could not be attached", *_WAIT),
    "R14": Meaning(
        "usa más memoria de la que tiene: va lento", "it uses more memory than it has, and is slow", *_MEMORY
    ),
    "R15": Meaning(
        "usó el doble de su memoria: Heroku lo mató", "it used twice its memory: Heroku killed it", *_MEMORY
    ),
    "R16": Meaning("un dyno suelto no se pudo quitar", "a detached dyno could not be taken away", *_WAIT),
    "R17": Meaning("la suma de control del código no coincide", "the code's checksum does not match", *_WAIT),
    "L10": Meaning(
        "Heroku descartó líneas: el recolector no daba abasto", "Heroku dropped lines for the collector", *_DRAIN
    ),
    "L11": Meaning("Heroku descartó líneas de `heroku logs`", "Heroku dropped lines of `heroku logs`", *_NOISE),
    "L12": Meaning("Heroku descartó líneas antes de enviarlas", "Heroku dropped lines before it sent them", *_DRAIN),
    "L13": Meaning("una línea no llegó al recolector", "a line did not reach the collector", *_DRAIN),
    "L14": Meaning(
        "el certificado del recolector no es válido",
        "the collector's certificate is not valid",
        "renovarlo: hasta entonces no llega ninguna línea",
        "renew it: until then no line arrives",
    ),
    "L15": Meaning("el recolector tarda demasiado", "the collector takes too long", *_DRAIN),
}


def meaning(code: str) -> Meaning:
    unknown = "un código que no conocemos", "a code that we do not know"
    look = "buscar el código en la documentación de Heroku", "look the code up in Heroku's documentation"
    return CODES.get(code) or Meaning(*unknown, *look)
