"""What the fictional companies' websites say, in six languages."""

from __future__ import annotations

from typing import NamedTuple


class Texts(NamedTuple):
    """One language. `{name}`, `{makes}`, `{city}`, `{year}` and `{count}` are filled in."""

    home: str
    tagline: str
    description: str
    about: tuple[str, str]  # the path, and what the link says
    contact: tuple[str, str]
    imprint: tuple[str, str]
    founded: str
    people: str
    phone: str
    mail: str
    locale: str
    filler: tuple[str, ...]


TEXTS = {
    "en": Texts(
        home="Home",
        tagline="{makes} from {city}",
        description="{name} makes {makes} in {city} and has done so since {year}.",
        about=("/about", "About us"),
        contact=("/contact", "Contact"),
        imprint=("/imprint", "Imprint"),
        founded="{name} was founded in {year} in {city}.",
        people="Today {count} people work with us.",
        phone="Phone",
        mail="E-mail",
        locale="en_US",
        filler=(
            "We listen first, then we draw, then we build, and only then do we talk about it.",
            "Every order is looked after by one person from the first call to the last bolt.",
            "Our workshop is open on the first Friday of the month, and coffee is on us.",
            "What we cannot repair we do not sell; that has served us and our customers well.",
            "Ask three of our customers about us: the list is on request, and it is long.",
        ),
    ),
    "de": Texts(
        home="Startseite",
        tagline="{makes} aus {city}",
        description="{name} fertigt {makes} in {city}, und das seit {year}.",
        about=("/ueber-uns", "Über uns"),
        contact=("/kontakt", "Kontakt"),
        imprint=("/impressum", "Impressum"),
        founded="{name} wurde {year} in {city} gegründet.",
        people="Heute arbeiten {count} Menschen bei uns.",
        phone="Telefon",
        mail="E-Mail",
        locale="de_DE",
        filler=(
            "Erst hören wir zu, dann zeichnen wir, dann bauen wir, und dann reden wir darüber.",
            "Jeder Auftrag liegt vom ersten Anruf bis zur letzten Schraube in einer Hand.",
            "Unsere Werkstatt steht am ersten Freitag im Monat offen, der Kaffee geht auf uns.",
            "Was wir nicht reparieren können, verkaufen wir nicht.",
            "Fragen Sie drei unserer Kunden: Die Liste gibt es auf Anfrage, und sie ist lang.",
        ),
    ),
    "fr": Texts(
        home="Accueil",
        tagline="{makes} à {city}",
        description="{name} fabrique {makes} à {city} depuis {year}.",
        about=("/a-propos", "À propos"),
        contact=("/contact", "Contact"),
        imprint=("/mentions-legales", "Mentions légales"),
        founded="{name} a été fondée en {year} à {city}.",
        people="Aujourd'hui, {count} personnes travaillent chez nous.",
        phone="Téléphone",
        mail="Courriel",
        locale="fr_FR",
        filler=(
            "Nous écoutons d'abord, nous dessinons ensuite, puis nous construisons.",
            "Chaque commande est suivie par une seule personne, du premier appel à la livraison.",
            "Notre atelier est ouvert le premier vendredi du mois, et le café est offert.",
            "Ce que nous ne savons pas réparer, nous ne le vendons pas.",
            "Interrogez trois de nos clients : la liste est longue, demandez-la.",
        ),
    ),
    "es": Texts(
        home="Inicio",
        tagline="{makes} desde {city}",
        description="{name} fabrica {makes} en {city} desde {year}.",
        about=("/nosotros", "Nosotros"),
        contact=("/contacto", "Contacto"),
        imprint=("/aviso-legal", "Aviso legal"),
        founded="{name} se fundó en {year} en {city}.",
        people="Hoy trabajan con nosotros {count} personas.",
        phone="Teléfono",
        mail="Correo",
        locale="es_ES",
        filler=(
            "Primero escuchamos, luego dibujamos, después construimos.",
            "Cada pedido lo lleva una sola persona, de la primera llamada al último tornillo.",
            "El taller abre el primer viernes de cada mes, y el café corre de nuestra cuenta.",
            "Lo que no sabemos reparar no lo vendemos.",
            "Pregunte a tres de nuestros clientes: la lista es larga.",
        ),
    ),
    "it": Texts(
        home="Pagina iniziale",
        tagline="{makes} da {city}",
        description="{name} produce {makes} a {city} dal {year}.",
        about=("/chi-siamo", "Chi siamo"),
        contact=("/contatti", "Contatti"),
        imprint=("/note-legali", "Note legali"),
        founded="{name} è stata fondata nel {year} a {city}.",
        people="Oggi lavorano con noi {count} persone.",
        phone="Telefono",
        mail="Posta",
        locale="it_IT",
        filler=(
            "Prima ascoltiamo, poi disegniamo, poi costruiamo.",
            "Ogni ordine è seguito da una sola persona, dalla prima telefonata alla consegna.",
            "Il laboratorio è aperto il primo venerdì del mese, e il caffè lo offriamo noi.",
            "Quello che non sappiamo riparare non lo vendiamo.",
            "Chiedete a tre dei nostri clienti: l'elenco è lungo.",
        ),
    ),
    "ja": Texts(
        home="ホーム",
        tagline="{city}の{makes}",
        description="{name}は{year}年から{city}で{makes}を作っています。",
        about=("/company", "会社概要"),
        contact=("/contact", "お問い合わせ"),
        imprint=("/legal", "特定商取引法に基づく表記"),
        founded="{name}は{year}年に{city}で創業しました。",
        people="現在の従業員数は{count}名です。",
        phone="電話",
        mail="メール",
        locale="ja_JP",
        filler=(
            "まず話を聞き、次に図面を引き、それから作ります。",
            "最初の電話から納品まで、一人の担当者が責任を持ちます。",
            "毎月第一金曜日に工房を公開しています。",
            "修理できないものは売りません。",
            "お客様の声をぜひお聞きください。",
        ),
    ),
}
