"""The order of titles; every row was asked of the Hugo 0.168 binary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.site.order import ordering

ROWS = {
    "en": "_x -y ' (a) [a] @a # $ 10 10a 9 a A ä ab ad æ af b B e é f i j l ł m n ñ o ø p ss ß st ü ue uf z Z Е Ё Ж И Й К あ ア 日 本",
    "sv": "_x a A ab ad af b B e é f l ł m n ñ o p ss ß st ue uf ü z Z ä æ ø Е Ё Ж",
    "ja": "ー Abc ア あ サーバー イ ウ ユーザー エ ケーキ データ オ ホーム ほーむ カ か ガ が グ サ シ ソ タ た タグ ッ っ ナ ハ ホ ほ 亜 愛 一 雨 火 記事 三 仕事 人",
    "zh": "ー Abc あ ア か カ が ガ 愛 大 大阪 東京 二 火 記事 鳥 人 日本 三 生活 仕事 水 亜 一 雨 中国",
}


@pytest.mark.parametrize("lang", ROWS)
def test_collation(lang: str) -> None:
    row = ROWS[lang].split()
    assert sorted(row, key=lambda word: ordering.collate(word, lang)) == row


@given(st.text(max_size=8), st.sampled_from(["en", "ja", "zh-cn", "sv", "tr", ""]))
def test_any_text_has_a_place(text: str, lang: str) -> None:
    assert ordering.collate(text, lang) == ordering.collate(text, lang)
