"""Meta's error codes as data: what each means and whom it is about.

Source: Meta docs, "Error codes" of the WhatsApp Cloud API (Dec 2025 and Sep 2026), Graph API "Handling errors" for the
codes below 1000; where they only describe, classes and scopes are this project's judgement. "P/O" there is taken as
permanent, "O, R late" as operator.
"""

from remanso.channels.whatsapp.verdict import RefusalKind, Rule, Scope, Verdict, Words

_NOTHING, _CONTACT, _TEMPLATE = Scope.NOTHING, Scope.CONTACT, Scope.TEMPLATE
_NUMBER, _ACCOUNT, _APP = Scope.NUMBER, Scope.ACCOUNT, Scope.APP
Codes = int | tuple[int, int]

# What an operator does.
_TOKEN = Words(
    "make a new system user token in Meta's Business settings and set it as the client's access token",
    "crear un token nuevo de usuario del sistema en la Configuración del negocio de Meta y ponerlo como token del cliente",
)
_ACCESS = Words(
    "give app and system user access to the account again, with the scopes whatsapp_business_messaging and _management",
    "dar de nuevo a la app y al usuario del sistema acceso a la cuenta, con whatsapp_business_messaging y _management",
)
_BILLING = Words(
    "mend the payment method in WhatsApp Manager, Billing", "arreglar el medio de pago en WhatsApp Manager, Facturación"
)
_REGISTER = Words("register the number again (POST /register)", "volver a registrar el número (POST /register)")
_POLICY = Words(
    "read the notice in Business Support Home and appeal there", "leer el aviso en el Inicio de asistencia y apelar ahí"
)
_NAME = Words(
    "have the display name approved in WhatsApp Manager", "hacer aprobar el nombre visible en WhatsApp Manager"
)
_QUALITY = Words(
    "stop bulk sends; it lifts after hours without blocks and reports",
    "parar los envíos masivos; se levanta tras horas sin bloqueos ni denuncias",
)
_MEND_TEMPLATE = Words(
    "look at the template in WhatsApp Manager; edit it or use another one",
    "mirar la plantilla en WhatsApp Manager; editarla o usar otra",
)
_TEST_LIST = Words(
    "add the contact to the test number's list of recipients", "agregar el contacto a la lista del número de prueba"
)
_PIN = Words(
    "set the two-step PIN in WhatsApp Manager; never guess it in a loop",
    "definir el PIN de verificación en WhatsApp Manager; nunca adivinarlo en bucle",
)
_WAIT = Words("wait: Meta lifts it by itself", "esperar: Meta lo levanta solo")
_TERMS = Words("accept the terms in WhatsApp Manager", "aceptar las condiciones en WhatsApp Manager")
_DETAILS = Words("read Meta's details and its health status", "leer el detalle de Meta y su estado de salud")


def _retry(codes: Codes, scope: Scope, en: str, es: str, *, tries: int | None = None) -> Rule:
    return _rule(codes, Verdict(RefusalKind.RETRY, scope, Words(en, es), tries=tries))


def _final(codes: Codes, en: str, es: str) -> Rule:
    return _rule(codes, Verdict(RefusalKind.PERMANENT, Scope.NOTHING, Words(en, es)))


def _person(codes: Codes, scope: Scope, remedy: Words, en: str, es: str) -> Rule:
    return _rule(codes, Verdict(RefusalKind.OPERATOR, scope, Words(en, es), remedy))


def _rule(codes: Codes, verdict: Verdict) -> Rule:
    first, last = codes if isinstance(codes, tuple) else (codes, codes)
    return Rule(first, last, verdict)


# fmt: off
RULES: tuple[Rule, ...] = (
    _person(0, _APP, _TOKEN, "the access token is not accepted", "Meta no acepta el token de acceso"),
    _retry(1, _NOTHING, "unknown API error or bad request", "error desconocido de la API o pedido mal hecho", tries=4),
    _retry(2, _NOTHING, "service down or overloaded", "el servicio de Meta está caído o sobrecargado"),
    _person(3, _APP, _ACCESS, "the app lacks a capability or permission", "a la app le falta una capacidad o permiso"),
    _retry(4, _APP, "the app's limit of Graph calls is reached", "la app llegó al límite de llamadas a Graph"),
    _person(10, _ACCOUNT, _ACCESS, "a permission is missing or was removed", "falta un permiso o fue quitado"),
    _retry(17, _APP, "the user's limit of Graph calls is reached", "el usuario llegó al límite de llamadas a Graph"),
    _retry(32, _APP, "the page's limit of Graph calls is reached", "la página llegó al límite de llamadas a Graph"),
    _person(33, _NUMBER, _ACCESS, "the number was deleted or is not visible to this token", "el número fue borrado o este token no lo ve"),
    _final(100, "invalid parameter, or wrong phone number id", "parámetro inválido, o id de número equivocado"),
    _person(102, _APP, _TOKEN, "the token's session is invalid", "la sesión del token no es válida"),
    _person(104, _APP, _TOKEN, "the call lacks a valid signature", "a la llamada le falta una firma válida"),
    _person(190, _APP, _TOKEN, "the access token is expired or invalid", "el token de acceso venció o no es válido"),
    _person((200, 299), _ACCOUNT, _ACCESS, "a permission is missing", "falta un permiso"),
    _retry(341, _APP, "the app's limit of calls is reached", "la app llegó a su límite de llamadas"),
    _person(368, _ACCOUNT, _POLICY, "the account is blocked for violating a policy", "la cuenta está bloqueada por violar una política"),
    _retry(613, _APP, "the limit of calls to this endpoint is reached", "se llegó al límite de llamadas a este punto"),
    _retry(80007, _ACCOUNT, "the account's rate limit is reached", "la cuenta llegó a su límite de envíos"),
    _final(130403, "the business has blocked this contact", "el negocio bloqueó a este contacto"),
    _retry(130429, _NUMBER, "the number's throughput is reached", "el número llegó a su máximo de mensajes por segundo"),
    _final(130472, "the contact is part of an experiment of Meta's: marketing not sent", "el contacto está en un experimento de Meta: no se envía marketing"),
    _final(130497, "the business may not write to this country", "el negocio no puede escribir a este país"),
    _retry(131000, _NOTHING, "unknown error of Meta's", "error desconocido de Meta", tries=4),
    _person(131005, _ACCOUNT, _ACCESS, "a permission is missing or was removed", "falta un permiso o fue quitado"),
    _final(131008, "a required parameter is missing", "falta un parámetro obligatorio"),
    _final(131009, "a parameter's value is invalid", "el valor de un parámetro no es válido"),
    _retry(131016, _NOTHING, "service overloaded", "el servicio de Meta está sobrecargado"),
    _final(131020, "group error", "error de grupo"),
    _final(131021, "recipient and sender are the same number", "el destinatario es el mismo número que envía"),
    _final(131026, "undeliverable: no WhatsApp, an old version, or terms not accepted", "no se puede entregar: no tiene WhatsApp, usa una versión vieja o no aceptó las condiciones"),
    _person(131030, _CONTACT, _TEST_LIST, "the recipient is not on the test number's list", "el destinatario no está en la lista del número de prueba"),
    _person(131031, _ACCOUNT, _POLICY, "the account is locked", "la cuenta está bloqueada"),
    _person(131037, _NUMBER, _NAME, "the number's display name is not approved", "el nombre visible del número no está aprobado"),
    _final(131041, "group error", "error de grupo"),
    _person(131042, _ACCOUNT, _BILLING, "payment problem: billing must be fixed", "problema de pago: hay que arreglar la facturación"),
    _person(131044, _ACCOUNT, _BILLING, "payment problem with calls: billing must be fixed", "problema de pago de llamadas: hay que arreglar la facturación"),
    _person(131045, _NUMBER, _REGISTER, "the number's registration or certificate is wrong", "el registro o certificado del número está mal"),
    _retry(131047, _NOTHING, "the 24-hour window is closed: only a template may be sent", "la ventana de 24 horas está cerrada: solo se puede enviar una plantilla", tries=2),
    _person(131048, _NUMBER, _QUALITY, "spam limit: the number's quality is too low", "límite por spam: la calidad del número es muy baja"),
    _final(131049, "Meta chose not to deliver: the contact's marketing limit", "Meta decidió no entregar: el contacto ya recibió demasiado marketing"),
    _final(131050, "the contact opted out of marketing", "el contacto no quiere recibir marketing"),
    _final(131051, "unsupported message type", "tipo de mensaje no admitido"),
    _final(131052, "the contact's media could not be fetched", "no se pudo traer el archivo del contacto"),
    _retry(131053, _NOTHING, "media could not be uploaded or fetched", "no se pudo subir o traer el archivo", tries=2),
    _final(131055, "only the Marketing Messages API may send this", "solo la API de Marketing Messages puede enviar esto"),
    _retry(131056, _CONTACT, "too many messages to this contact in a short time", "demasiados mensajes a este contacto en poco tiempo"),
    _retry(131057, _NUMBER, "the number is in maintenance", "el número está en mantenimiento"),
    _final(131059, "bad paging cursor", "cursor de paginado inválido"),
    _final(131060, "the message's content is unavailable", "el contenido del mensaje no está disponible"),
    _final(131062, "this message needs a phone number, not a user id", "este mensaje necesita un teléfono, no un id de usuario"),
    _person(131063, _TEMPLATE, _MEND_TEMPLATE, "marketing templates are switched off on the Cloud API", "las plantillas de marketing están desactivadas en la Cloud API"),
    _person(131064, _TEMPLATE, _WAIT, "messaging is limited after violations of template categories", "envíos limitados por violar las categorías de plantillas"),
    _final((131200, 131299), "group error", "error de grupo"),
    _retry(131208, _CONTACT, "the group's rate limit is reached", "se llegó al límite de envíos del grupo"),
    _final(132000, "wrong count of template parameters", "cantidad equivocada de parámetros de plantilla"),
    _final(132001, "the template does not exist in this language, or is not approved", "la plantilla no existe en este idioma o no está aprobada"),
    _final(132005, "the filled template is too long", "la plantilla completada es demasiado larga"),
    _person(132007, _TEMPLATE, _MEND_TEMPLATE, "the template violates a content policy", "la plantilla viola una política de contenido"),
    _final(132008, "a template parameter's value is invalid", "el valor de un parámetro de plantilla no es válido"),
    _final(132012, "a template parameter's format is invalid", "el formato de un parámetro de plantilla no es válido"),
    _person(132015, _TEMPLATE, _MEND_TEMPLATE, "the template is paused for low quality", "la plantilla está en pausa por baja calidad"),
    _person(132016, _TEMPLATE, _MEND_TEMPLATE, "the template is disabled for good", "la plantilla está desactivada para siempre"),
    _final(132018, "the template's parameters are invalid", "los parámetros de la plantilla no son válidos"),
    _person(132068, _TEMPLATE, _DETAILS, "the flow is blocked", "el formulario (flow) está bloqueado"),
    _retry(132069, _NOTHING, "the flow is throttled", "el formulario (flow) está limitado"),
    _retry(133000, _NUMBER, "an earlier deregistration is incomplete", "una baja anterior del número no terminó"),
    _retry(133004, _NOTHING, "server temporarily unavailable", "el servidor de Meta no está disponible por ahora"),
    _person(133005, _NUMBER, _PIN, "the two-step PIN is wrong", "el PIN de verificación en dos pasos está mal"),
    _person(133006, _NUMBER, _REGISTER, "the number must be verified", "hay que verificar el número"),
    _person(133008, _NUMBER, _PIN, "too many guesses of the two-step PIN", "demasiados intentos del PIN de verificación"),
    _person(133009, _NUMBER, _PIN, "the two-step PIN was entered too fast", "el PIN de verificación se ingresó demasiado rápido"),
    _person(133010, _NUMBER, _REGISTER, "the number is not registered", "el número no está registrado"),
    _retry(133015, _NUMBER, "the number was deleted a moment ago", "el número fue borrado hace un momento"),
    _person(133016, _NUMBER, _WAIT, "too many registrations: wait 72 hours", "demasiados registros: esperar 72 horas"),
    _person(134011, _ACCOUNT, _TERMS, "the terms for payments are not accepted", "no se aceptaron las condiciones de pagos"),
    _final(134100, "only the Marketing Messages API may send this", "solo la API de Marketing Messages puede enviar esto"),
    _retry(134101, _NOTHING, "the template is still being synchronised", "la plantilla todavía se está sincronizando"),
    _final(134102, "the template cannot be used", "la plantilla no se puede usar"),
    _final(135000, "generic error: bad parameters", "error genérico: parámetros mal hechos"),
    _final(137000, "the contact's identity key does not match", "la clave de identidad del contacto no coincide"),
    _final((138000, 138999), "calling error", "error de llamadas"),
    _final((139000, 139999), "flow cannot be published, or a contact cannot be blocked", "no se puede publicar el formulario, o bloquear al contacto"),
    _retry(139102, _NOTHING, "the block list is being changed at the same time", "la lista de bloqueados se está cambiando a la vez"),
    _person(141002, _NUMBER, _DETAILS, "the number's health does not allow it", "el estado de salud del número no lo permite"),
    _person((147001, 147005), _NUMBER, _DETAILS, "username error", "error del nombre de usuario"),
    _person((2388000, 2388999), _TEMPLATE, _MEND_TEMPLATE, "template creation or migration error", "error al crear o migrar una plantilla"),
    _retry(2494100, _NUMBER, "the number is in maintenance", "el número está en mantenimiento"),
    _person((2593107, 2593109), _NUMBER, _DETAILS, "history cannot be synchronised", "no se puede sincronizar el historial"),
)
# fmt: on
