"""Chinese for cells explained in prose."""

WORDS = {
    "The {label} {name}": "{label} {name}",
    "the {label} {name}": "{label} {name}",
    "{name} ({label})": "{name}（{label}）",
    "{first} and {last}": "{first} 和 {last}",
    "{first}, {rest}": "{first}、{rest}",
    "{sentence} {further}": "{sentence}{further}",
    "zero": "零",
    "one": "一",
    "two": "两",
    "three": "三",
    "four": "四",
    "five": "五",
    "six": "六",
    "seven": "七",
    "eight": "八",
    "nine": "九",
    "ten": "十",
    "eleven": "十一",
    "twelve": "十二",
    "has": "有",
    "have": "有",
    "One step hands one thing to the next: {state}, {count} numbers.": (
        "每一步只把一样东西交给下一步：{state}，共 {count} 个数。"
    ),
    "One step hands {number} things to the next: {states}, {count} numbers in all.": (
        "每一步把 {number} 样东西交给下一步：{states}，共 {count} 个数。"
    ),
    "{output} is what a step shows to the outside; it is not handed on.": (
        "{output} 是每一步展示给外界的结果，不传给下一步。"
    ),
    "A readout makes {shown} out of {given}; it is not handed on, and its weights are not counted here.": (
        "输出层由 {given} 算出 {shown}，它不传给下一步，其权重也不计入这里的参数。"
    ),
    "{name} is kept and added to: {state} = {sum}.": "{name} 保留旧值，再加上新的内容：{state} = {sum}。",
    "{name} keeps {term} of its old value and gets more on top: {state} = {sum}.": (
        "{name} 按 {term} 保留旧值，再叠加其他内容：{state} = {sum}。"
    ),
    "{name} is made afresh at every step, out of {others}: {state} = {sum}.": (
        "{name} 在每一步都由 {others} 重新算出：{state} = {sum}。"
    ),
    "{name} is made anew at every step: {state} = {sum}. Nothing of the old value is simply kept.": (
        "{name} 在每一步都重新算出：{state} = {sum}。旧值没有任何部分被原样保留。"
    ),
    "{name} is made anew at every step: {state} = {sum}.": "{name} 在每一步都重新算出：{state} = {sum}。",
    "{name} only remembers inputs of earlier steps: {state} = {sum}.": "{name} 只是记住更早的输入：{state} = {sum}。",
    "{name} only remembers what came in one step before: {state} = {sum}.": (
        "{name} 只是记住上一步的输入：{state} = {sum}。"
    ),
    "So {draft} is the draft, in which old notes are crossed out and new ones added, and {piece} is the piece of work "
    "that the draft is for.": (
        "可以说，{draft} 是草稿：旧的内容被划掉，新的内容被添上；{piece} 则是照着草稿做出来的作品。"
    ),
    "It has no gates: no quantity made from the input or the state does nothing but scale between 0 and 1.": (
        "它没有门：没有哪个由输入或状态算出的量只起 0 到 1 之间的缩放作用。"
    ),
    "It has one gate, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry by entry.": (
        "它有一个门：{gates}。门的取值在 0 到 1 之间，每一步重新算出，只用来逐元素地缩放别的量。"
    ),
    "It has {number} gates, {gates}: numbers between 0 and 1, made anew at every step, that only scale, entry by "
    "entry.": "它有 {number} 个门：{gates}。门的取值在 0 到 1 之间，每一步重新算出，只用来逐元素地缩放别的量。",
    "{gate} weighs old against new: where it is near 1, {state} keeps its old value; where it is near 0, {value} takes "
    "its place.": "{gate} 在新旧之间权衡：接近 1 时，{state} 保留旧值；接近 0 时，换成 {value}。",
    "{gate} weighs old against new: where it is near 0, {state} keeps its old value; where it is near 1, {value} takes "
    "its place.": "{gate} 在新旧之间权衡：接近 0 时，{state} 保留旧值；接近 1 时，换成 {value}。",
    "{gate} weighs old against new: the nearer it is to 1, the more {state} keeps its old value.": (
        "{gate} 在新旧之间权衡：越接近 1，{state} 保留的旧值越多。"
    ),
    "{gate} weighs old against new: the nearer it is to 0, the more {state} keeps its old value.": (
        "{gate} 在新旧之间权衡：越接近 0，{state} 保留的旧值越多。"
    ),
    "{gate} decides what stays of {state}: where it is near 1 the old value stays, where it is near 0 it is erased.": (
        "{gate} 决定 {state} 留下什么：接近 1 时保留旧值，接近 0 时抹去旧值。"
    ),
    "{gate} decides what stays of {state}: where it is near 0 the old value stays, where it is near 1 it is erased.": (
        "{gate} 决定 {state} 留下什么：接近 0 时保留旧值，接近 1 时抹去旧值。"
    ),
    "{gate} decides how much stays of {state}: the nearer to 1, the more.": (
        "{gate} 决定 {state} 留下多少：越接近 1，留下越多。"
    ),
    "{gate} decides how much stays of {state}: the nearer to 0, the more.": (
        "{gate} 决定 {state} 留下多少：越接近 0，留下越多。"
    ),
    "{gate} decides how much of {value} is written into {state}.": "{gate} 决定把多少 {value} 写入 {state}。",
    "{gate} decides how much of {value} is shown as {state}.": "{gate} 决定 {value} 有多少作为 {state} 展示出来。",
    "{gate} decides how much of the past {state} gets to see, by scaling {value}: where it is near 0, {state} is made "
    "as if nothing had come before.": (
        "{gate} 缩放 {value}，决定 {state} 能看到多少过去：接近 0 时，{state} 就像从未有过过去一样算出。"
    ),
    "{gate} decides how much of the past {state} gets to see, by scaling {value}: where it is near 1, {state} is made "
    "as if nothing had come before.": (
        "{gate} 缩放 {value}，决定 {state} 能看到多少过去：接近 1 时，{state} 就像从未有过过去一样算出。"
    ),
    "{gate} decides how much of {value} takes part in {state}.": "{gate} 决定 {value} 有多少参与 {state} 的计算。",
    "{gate} decides how much of {value} takes part in {state}: the nearer it is to 1, the less.": (
        "{gate} 决定 {value} 有多少参与 {state} 的计算：越接近 1，参与越少。"
    ),
    "So {draft} is the draft, to which notes are only ever added, and {piece} is the piece of work that it is for.": (
        "可以说，{draft} 是只增不减的草稿；{piece} 则是照着草稿做出来的作品。"
    ),
    "{gate} scales {value} on the way to {state}.": "{gate} 在通往 {state} 的途中缩放 {value}。",
    "{weights} always add up to 1, so {state} cannot keep more without writing less.": (
        "{weights} 之和恒为 1，所以 {state} 多保留一分，就少写入一分。"
    ),
    "One gate does the work that would otherwise take two.": "一个门做了本来要两个门做的事。",
    "{weights} are not tied to each other, so {state} may keep and write at once, or do neither.": (
        "{weights} 互不牵制，所以 {state} 可以既保留又写入，也可以两样都不做。"
    ),
    "After every step {state} lies between {low} and {high}, wherever it started.": (
        "无论从哪里出发，每一步之后 {state} 都在 {low} 与 {high} 之间。"
    ),
    "Each step takes a weighted mean, so {state} stays between {low} and {high} once it is there.": (
        "每一步取的是加权平均，所以 {state} 一旦在 {low} 与 {high} 之间，就一直在其中。"
    ),
    "Each step takes a weighted mean, so {state} never leaves the range of its start and of {values}.": (
        "每一步取的是加权平均，所以 {state} 不会超出初值与 {values} 的范围。"
    ),
    "{state} can grow, by no more than {rate} a step.": "{state} 可以增大，但每步至多增大 {rate}。",
    "{state} never grows.": "{state} 不会增大。",
    "On the direct way from {before} to {state} nothing happens: no matrix, no activation, no factor. A gradient comes "
    "back along it unchanged over any number of steps, the constant error carousel.": (
        "从 {before} 到 {state} 的直接通路上什么都没有：没有矩阵，没有激活函数，也没有系数。"
        "梯度沿这条路返回，无论经过多少步都不变，这就是恒定误差传送带。"
    ),
    "On the direct way from {before} to {state} stands {factor} and nothing else, no matrix and no activation, so over "
    "T steps a gradient on it is multiplied by {product}.": (
        "从 {before} 到 {state} 的直接通路上只有 {factor}，没有矩阵，也没有激活函数；"
        "经过 T 步，沿这条路的梯度乘以 {product}。"
    ),
    "Nothing holds {coefficient} below 1, so this way may vanish and may explode.": (
        "没有什么保证 {coefficient} 小于 1，所以沿这条路的梯度可能消失，也可能爆炸。"
    ),
    "Where {coefficient} is near 1 the gradient comes through almost whole; where it is near 0 it vanishes. It does "
    "shrink, as slowly as the cell learns to let it: 0.99 a step leaves 74 % after 30 steps, 0.9 leaves 4 %, and 0.5 "
    "one part in a billion.": (
        "{coefficient} 接近 1 时，梯度几乎完整地通过；接近 0 时，梯度消失。"
        "梯度仍然会逐步衰减，快慢由单元自己学到：每步 0.99，30 步后还剩 74 %；"
        "每步 0.9，只剩 4 %；每步 0.5，只剩十亿分之一。"
    ),
    "It is the same {coefficient} at every step, whatever comes in.": (
        "无论输入是什么，每一步都是同一个 {coefficient}。"
    ),
    "Every other way back goes through a matrix or the slope of an activation, and shrinks or grows with them.": (
        "其余的回路都要经过矩阵或激活函数的导数，随它们衰减或增长。"
    ),
    "There is no other way back.": "此外没有别的回路。",
    "Every other way back goes through a matrix and the slope of an activation, and shrinks or grows with them.": (
        "其余的回路都要经过矩阵和激活函数的导数，随它们衰减或增长。"
    ),
    "Every other way back goes through the slope of an activation, and some through a matrix too.": (
        "其余的回路都要经过激活函数的导数，有些还要经过矩阵。"
    ),
    "Every other way back goes through the slope of an activation, but through no matrix: each entry by itself.": (
        "其余的回路都要经过激活函数的导数，但不经过矩阵：各分量互不相干。"
    ),
    "Every other way back goes through a matrix.": "其余的回路都要经过矩阵。",
    "Every way back from {state} to {before} goes through a matrix ({matrices}) and the slope of an activation "
    "({slopes}).": "从 {state} 回到 {before} 的每条路都要经过某个矩阵（{matrices}）和激活函数的导数（{slopes}）。",
    "Every way back from {state} to {before} goes through matrices ({matrices}) alone.": (
        "从 {state} 回到 {before} 的每条路都只经过矩阵（{matrices}）。"
    ),
    "Every way back from {state} to {before} goes through the slope of an activation ({slopes}), and some through a "
    "matrix too ({matrices}).": (
        "从 {state} 回到 {before} 的每条路都要经过激活函数的导数（{slopes}），有些还要经过矩阵（{matrices}）。"
    ),
    "{state} is only ever added to; nothing in it is erased.": "{state} 只增不减：其中没有任何内容被抹去。",
    "{weights} hang on the same gate but do not add up to 1, so {state} is no weighted mean of old and new.": (
        "{weights} 由同一个门决定，但其和不恒为 1，所以 {state} 不是新旧的加权平均。"
    ),
    "{gate} decides how much of {value} is written into {state}: the nearer it is to 0, the more.": (
        "{gate} 决定把多少 {value} 写入 {state}：越接近 0，写入越多。"
    ),
    "Every way back from {state} to {before} goes through {matrices} and the slope of {slopes}.": (
        "从 {state} 回到 {before} 的每条路都要经过 {matrices} 和 {slopes} 的导数。"
    ),
    "The way back from {state} to {before} is {matrices} and nothing else.": (
        "从 {state} 回到 {before} 的路上只有 {matrices}。"
    ),
    "The way back from {state} to {before} has no matrix: each entry is scaled by itself, by {vectors} and the slope "
    "of {slopes}.": "从 {state} 回到 {before} 的路上没有矩阵：每个分量各自乘以 {vectors} 和 {slopes} 的导数。",
    "The way back from {state} to {before} scales each entry by itself, by {vectors}.": (
        "从 {state} 回到 {before}，每个分量各自乘以 {vectors}。"
    ),
    "The way back from {state} to {before} goes through the slope of {slopes}.": (
        "从 {state} 回到 {before} 要经过 {slopes} 的导数。"
    ),
    "Over T steps T such factors multiply: where they are below 1 the gradient vanishes, where they are above 1 it can "
    "explode.": "经过 T 步，T 个这样的因子相乘：因子小于 1，梯度就消失；大于 1，就可能爆炸。",
    "It vanishes for certain if the largest singular value of {matrix} is below {limit}; exploding needs a larger one, "
    "and is not certain even then.": (
        "如果 {matrix} 的最大奇异值小于 {limit}，梯度必然消失；要爆炸则最大奇异值必须更大，但即便如此也不一定爆炸。"
    ),
    "Steps have to be taken one after the other: what a step does to the state depends on the state, and mixes its "
    "entries.": "各步只能依次进行：一步对状态做什么取决于状态本身，并且会混合它的各个分量。",
    "Steps have to be taken one after the other, because what a step does depends on the state; but every entry of the "
    "state runs by itself.": "各步只能依次进行，因为一步做什么取决于状态；不过状态的各个分量互不相干。",
    "Nothing that scales the state depends on the state, so all steps can be computed side by side by a parallel scan, "
    "and joining two steps costs no more than a step.": (
        "缩放状态的量都不依赖于状态，所以各步可以用并行扫描同时算出，合并两步的开销不超过一步。"
    ),
    "What a step does to the state does not depend on the state, so a parallel scan is possible, but joining two steps "
    "multiplies full matrices.": "一步对状态做什么不取决于状态，所以可以并行扫描，但合并两步要做满矩阵相乘。",
    "With its gates held fixed {state} would be linear in {before}; but the gates are made from the state too.": (
        "若固定各门，{state} 对 {before} 是线性的；但门本身也由状态算出。"
    ),
    "With the gates held fixed {states} would each be linear in their old values; but the gates are made from the "
    "state too.": "若固定各门，{states} 对各自的旧值都是线性的；但门本身也由状态算出。",
    "A gradient also passes from {state} to {before} by a coefficient alone.": (
        "梯度还可以只经过系数，从 {state} 传到 {before}。"
    ),
    "The way back from {state} to {before} has neither a matrix nor an activation, but its factor depends on the "
    "state.": ("从 {state} 回到 {before} 的路上既没有矩阵也没有激活函数，但系数依赖于状态。"),
    "Backwards it is easier: all states are known then, and the gradient is a linear scan.": (
        "反向传播则容易些：那时各状态都已知，梯度是一次线性扫描。"
    ),
    "{count} for the input": "{count} 个用于输入",
    "{count} for the old state": "{count} 个用于旧状态",
    "{count} for the new state": "{count} 个用于新状态",
    "{count} for what is made on the way": "{count} 个用于中间量",
    "{quantities} {has} {reads}": "{quantities} {has}{reads}",
    "{quantities} each {has} {reads}": "{quantities} 各 {has}{reads}",
    "It has one weight matrix: {parts}.": "它有一个权重矩阵：{parts}。",
    "It has {count} weight matrices: {parts}.": "它有 {count} 个权重矩阵：{parts}。",
    "It has {count} weight matrices.": "它有 {count} 个权重矩阵。",
    "Together with {others} that makes {formula} parameters.": "连同{others}，共 {formula} 个参数。",
    "That makes {formula} parameters.": "共 {formula} 个参数。",
    "one vector": "一个向量",
    "{count} vectors": "{count} 个向量",
    "one number": "一个标量",
    "{count} numbers": "{count} 个标量",
    "{part}; {parts}": "{part}；{parts}",
    "{count} for the input before": "{count} 个用于上一步的输入",
    "The same holds from {before} to {state}, with {factor}.": "从 {before} 到 {state} 同样如此，系数是 {factor}。",
}
