"""Words that questions about courses are made of, folded (lower case, no accents). Spanish and simple English."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMPTY = _words(
    "a al algo alguien alguna alguno algun algunas algunos aca ahi ahora ademas asi bien como con cual cuales cuando"
    " cuanto cuanta cuantos cuantas de del desde donde el ella ellos en era es esa ese eso esta estan estoy este"
    " esto favor fue ha hace hacen hacer hasta hay la las le les lo los mas me mi mis mucho muy nada ni no nos o"
    " otra otro para pero por porfa porque puede pueden puedo pueda que quien quiero queria quisiera querria se ser"
    " si sin sobre son soy su sus tal tambien te tenes tengo tienen tiene tipo toda todo todos todas tu tus un una"
    " uno unos unas va vi vos y ya yo yendo e u bueno che igual solo dan dar das ofrecen ofrece necesito"
    " necesitaria busco buscando estaria estuve encontre vengo mira viendo gustaria gusta conocer ver saber decime"
    " decirme decir contame contarme cuentame pasame pasan pasarme pasas mandame enviame recomienda recomiendan"
    " recomendas recomendar ayuda ayudar ayudarme consulta consultar pregunta preguntar duda disponible disponibles"
    " online alguno interesado interesada dale ok okay genial perfecto listo"
    " the an and are at about any can could do does for from have how i im in is it me much my of on or please some"
    " tell that there this to want what which with would you your like know looking need offer show give sign up"
    " also more mail email correo"
)
"""Words no topic begins or ends with."""

COURSE = _words(
    "curso cursos clase clases taller talleres capacitacion capacitaciones formacion formaciones diplomatura aprender"
    " estudiar course courses class classes workshop workshops learn learning study training lessons"
)
PRICE = _words("precio precios cuesta cuestan sale salen vale valen costo costos valor price prices cost costs")
DETAIL = _words(
    "detalle detalles temario programa duracion dura contenido contenidos incluye incluyen info informacion empieza"
    " comienza trata consta details syllabus duration include includes information contame contarme contas cuentame"
    " tell"
)
ENROL = _words(
    "link enlace inscribir inscribirme inscribo inscripcion anotar anotarme anoto sumarme enroll enrol"
    " enrolment register"
)
INTEREST = _words(
    "interesa interesan interesado interesada hay tenes tienen ofrecen recomienda recomiendan recomendas busco buscando"
    " necesito quiero quisiera queria gustaria interested looking want need"
)
OTHER = _words(
    "descuento descuentos cuotas pago pagos pagar tarjeta transferencia certificado certificados horario horarios"
    " beca becas discount payment certificate schedule"
)
"""Questions a school gets that are not about a topic: no tool here can answer them."""

PERSON = _words(
    "persona humano asesor asesora human agent reclamo reclamar queja devolucion devuelvan reembolso factura"
    " complaint refund invoice"
)
"""Somebody wants to talk to people, or needs what only people can do."""

ASKING = COURSE | PRICE | DETAIL | ENROL | INTEREST | {"cuanto"}
NOISE = EMPTY | COURSE | PRICE | DETAIL | ENROL | INTEREST

IN_TITLES = _words("de del la el los las en para por y e con a an the of for and to in un una desde cero")
"""Words of titles that say nothing about which course is meant."""

SPANISH = _words(
    "hola que curso cursos de el la los gracias quiero precio cuanto buenas para por sobre tienen y me una un"
)
ENGLISH = _words(
    "hello hi the course courses of thanks thank want price how much for about have you and my is what do i"
    " tell more enroll"
)
