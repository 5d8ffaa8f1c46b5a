"""Chinese for how libraries lay parameters out."""

COPIES = "{names} 各有两份相加的副本：这 {whole} 个数中有 {extra} 个是冗余的"

WORDS = {
    "each parameter is stored once": "每个参数只存储一份",
    "two copies of {names} are added up: {extra} of these {whole} numbers are redundant": COPIES,
    "two copies of {names} are added up: {extra} of these {whole} numbers are redundant; "
    "{other} is not, it is multiplied by {factor}": COPIES + "；{other} 并不冗余，因为它要与 {factor} 相乘",
    "{names} is left out: {fewer} fewer": "没有 {names}：少 {fewer} 个",
    "{extra} of its numbers are never read": "其中 {extra} 个数从不被读取",
    "{first}; {second}": "{first}；{second}",
}
