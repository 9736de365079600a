AUTHOR = "bench"
SITENAME = "A site to measure"
SITEURL = "https://example.org"
PATH = "content"
ARTICLE_PATHS = ["posts"]
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
THEME = "theme"
DEFAULT_PAGINATION = 10
PAGINATED_TEMPLATES = {"index": 10}
ARCHIVES_SAVE_AS = "posts/index.html"
ARTICLE_URL = "posts/{slug}/"
ARTICLE_SAVE_AS = "posts/{slug}/index.html"
TAG_URL = "tags/{slug}/"
TAG_SAVE_AS = "tags/{slug}/index.html"
CATEGORY_URL = "categories/{slug}/"
CATEGORY_SAVE_AS = "categories/{slug}/index.html"
AUTHOR_SAVE_AS = AUTHORS_SAVE_AS = ""
PAGINATION_PATTERNS = [
    (1, "{base_name}/", "{base_name}/index.html"),
    (2, "{base_name}/page/{number}/", "{base_name}/page/{number}/index.html"),
]
FEED_ALL_RSS = "index.xml"
CATEGORY_FEED_RSS = "categories/{slug}/index.xml"
TAG_FEED_RSS = "tags/{slug}/index.xml"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TAG_FEED_ATOM = None
TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
RSS_FEED_SUMMARY_ONLY = True
SUMMARY_MAX_LENGTH = 70
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.codehilite": {"css_class": "highlight", "noclasses": True, "pygments_style": "monokai"},
        "markdown.extensions.extra": {},
        "markdown.extensions.smarty": {},
        "markdown.extensions.toc": {},
        "markdown.extensions.meta": {},
    },
    "output_format": "html5",
}
DELETE_OUTPUT_DIRECTORY = True
