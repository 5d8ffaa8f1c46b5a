"""Chinese for how libraries lay parameters out."""

WORDS = {
    "{library} stores each parameter once": "{library} 中每个参数只存储一份",
    "{library} adds up two copies of {names}: {extra} of the {whole} numbers in these arrays are redundant": (
        "{library} 将 {names} 的两份副本相加：这些数组的 {whole} 个数中有 {extra} 个是冗余的"
    ),
    "{library} adds up two copies of {names}: {extra} of the {whole} numbers in these arrays are redundant, "
    "but {other} is not, it is multiplied by {factor}": (
        "{library} 将 {names} 的两份副本相加：这些数组的 {whole} 个数中有 {extra} 个是冗余的；"
        "{other} 并不冗余，因为它要与 {factor} 相乘"
    ),
    "{library} leaves {names} out: {fewer} fewer": "{library} 没有 {names}：少 {fewer} 个",
    "{first}; {second}": "{first}；{second}",
}
