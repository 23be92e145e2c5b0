"""Technologies that leave plain marks in a page."""

from __future__ import annotations

import re
from itertools import islice

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings

_GENERATOR = re.compile(r"[A-Za-z][\w.!+ -]{1,38}?(?=\s+v?\d|\s*[;,(:]|\s*$)", re.ASCII)
# A part of the address of a script, a style sheet or a frame, and who puts it there.
_ASSETS = (
    ("/wp-content/", "WordPress"), ("/wp-includes/", "WordPress"), ("cdn.shopify.com", "Shopify"),
    ("static.wixstatic.com", "Wix"), ("static.parastorage.com", "Wix"), ("/typo3", "TYPO3"),
    ("squarespace.com", "Squarespace"), ("website-files.com", "Webflow"), ("/_next/", "Next.js"),
    ("/_nuxt/", "Nuxt"), ("/sites/default/files", "Drupal"), ("hs-scripts.com", "HubSpot"),
    ("googletagmanager.com", "Google Tag Manager"), ("google-analytics.com", "Google Analytics"),
    ("matomo.js", "Matomo"), ("piwik.js", "Matomo"), ("jquery", "jQuery"),
    ("bootstrap", "Bootstrap"), ("js.stripe.com", "Stripe"), ("static.hotjar.com", "Hotjar"),
    ("widget.intercom.io", "Intercom"), ("cdn.segment.com", "Segment"),
    ("plausible.io", "Plausible"), ("/media/jui/", "Joomla"),
    ("/wp-content/plugins/woocommerce", "WooCommerce"),
    ("/wp-content/plugins/elementor", "Elementor"), ("/skin/frontend/", "Magento"),
    ("/static/version", "Magento"), ("/themes/prestashop", "PrestaShop"), ("cdn.jimdo", "Jimdo"),
    ("jimstatic.com", "Jimdo"), ("weebly.com", "Weebly"), ("editmysite.com", "Weebly"),
    ("bigcommerce.com", "BigCommerce"), ("framerusercontent.com", "Framer"),
    ("tildacdn.com", "Tilda"),
    ("cdn-website.com", "Duda"), ("/etc.clientlibs/", "Adobe Experience Manager"),
    ("cdn.contentful.com", "Contentful"), ("storyblok.com", "Storyblok"),
    ("/bundles/shopware", "Shopware"),
    ("fonts.googleapis.com", "Google Fonts"), ("use.typekit.net", "Adobe Fonts"),
    ("fontawesome", "Font Awesome"), ("cdn.tailwindcss.com", "Tailwind CSS"), ("gsap", "GSAP"),
    ("alpinejs", "Alpine.js"), ("htmx.org", "htmx"), ("vue.global", "Vue.js"), ("/vue@", "Vue.js"),
    ("react-dom", "React"), ("angular.min.js", "AngularJS"), ("googleapis.com/maps", "Google Maps"),
    ("maps.google.", "Google Maps"), ("google.com/recaptcha", "reCAPTCHA"),
    ("hcaptcha.com", "hCaptcha"),
    ("challenges.cloudflare.com", "Cloudflare Turnstile"), ("cloudflareinsights.com", "Cloudflare"),
    ("/cdn-cgi/", "Cloudflare"), ("connect.facebook.net", "Meta Pixel"),
    ("snap.licdn.com", "LinkedIn Insight Tag"), ("clarity.ms", "Microsoft Clarity"),
    ("zdassets.com", "Zendesk"), ("js.driftt.com", "Drift"), ("crisp.chat", "Crisp"),
    ("tawk.to", "tawk.to"), ("list-manage.com", "Mailchimp"), ("klaviyo.com", "Klaviyo"),
    ("munchkin.marketo", "Marketo"), ("pardot.com", "Pardot"), ("calendly.com", "Calendly"),
    ("cookiebot.com", "Cookiebot"), ("cookielaw.org", "OneTrust"), ("usercentrics", "Usercentrics"),
    ("iubenda.com", "iubenda"), ("paypal.com/sdk", "PayPal"), ("js.klarna.com", "Klarna"),
    ("sentry-cdn.com", "Sentry"), ("nr-data.net", "New Relic"), ("optimizely.com", "Optimizely"),
    ("mc.yandex.ru", "Yandex Metrica"), ("hm.baidu.com", "Baidu Analytics"),
)  # fmt: skip
# The attribute, or the value of `id`, that a framework leaves at the root of what it draws.
_MARKS = {
    "ng-version": "Angular", "data-wf-site": "Webflow", "data-reactroot": "React",
    "__next": "Next.js", "__nuxt": "Nuxt", "___gatsby": "Gatsby", "data-v-app": "Vue.js",
    "data-svelte-h": "Svelte",
}  # fmt: skip
_MAX_ROOTS = 20


def find(document: Document, findings: Findings) -> None:
    """Note the technologies of the page."""
    tree = document.tree
    roots = [node for node in (tree.root, tree.body) if node]
    roots += islice(tree.body.iter(), _MAX_ROOTS) if tree.body else ()
    told = [node.attributes for node in roots]
    marks = {mark for attributes in told for mark in (*attributes, attributes.get("id"))}
    found = {_MARKS[mark] for mark in marks if mark in _MARKS}
    if generator := _GENERATOR.match(document.metas.get("generator", "").strip()):
        found.add(generator[0])
    found.update(name for part, name in _ASSETS if part in document.assets)
    if found:
        findings.add("technologies", sorted(found), Source.SIGN)
