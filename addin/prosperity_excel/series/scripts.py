"""Traditional Chinese characters of the words that headers and names are made of."""

from __future__ import annotations

#: The characters that occur in labels, names of indicators and their forms; no dictionary.
_TRADITIONAL = (
    "佔來倉個備傳債價億兌內兩動務勝匯區單噸國圍圓報場塊專導屬島幣庫廠彈後復態應採換據數時會東業構"
    "樁樂標機欄權歐氣氫淨測準滌滬滾漁漲濟煉營爐牀獨現環產産當發盤碼礎礦種稱積穩節範築簡籃糧約純級"
    "紡細終組結統絲經綜綫綸線編總織纖纜義聯腦臺與華萬藥號補裝製規觀訂計設誠調證護變豬財貨貸費貿資"
    "質購躍車軍輕輛輸轉農週進遊運醫釋針銀銅銷鋰鋼鐵長閃開間陽離電靜預領頭頻額類飲飾餘驊體鴻鹼鹽麵"
    "點"
)
_SIMPLIFIED = (
    "占来仓个备传债价亿兑内两动务胜汇区单吨国围圆报场块专导属岛币库厂弹后复态应采换据数时会东业构"
    "桩乐标机栏权欧气氢净测准涤沪滚渔涨济炼营炉床独现环产产当发盘码础矿种称积稳节范筑简篮粮约纯级"
    "纺细终组结统丝经综线纶线编总织纤缆义联脑台与华万药号补装制规观订计设诚调证护变猪财货贷费贸资"
    "质购跃车军轻辆输转农周进游运医释针银铜销锂钢铁长闪开间阳离电静预领头频额类饮饰余骅体鸿碱盐面"
    "点"
)
_TABLE = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def simplified(text: str) -> str:
    """Return a text with the characters of our vocabulary in their simplified form."""
    return text if text.isascii() else text.translate(_TABLE)
