import Glibc

/// How alike texts are to each other: the mean over them of BLEU against all others (Zhu et al., "Texygen", SIGIR 2018), so 1 minus this
/// is how diverse they are. It grows with their number: compare as many with as many.
///
/// BLEU of one (Papineni et al. 2002): the geometric mean over n = 1 … `order` of the share of its n-grams that the others have, each counted no
/// more often than in the text among them that has it most; texts of one length have no penalty for brevity. A share of none counts as
/// that of half an n-gram (Chen and Cherry 2014, their smoothing 1, with ε = ½).
///
/// - Precondition: texts of one length, `order` tokens at least, two texts at least; tokens below 65,536.
package func selfBLEU<Token: UnsignedInteger & FixedWidthInteger>(_ texts: [[Token]], order: Int = 4) -> Double {
    precondition((1...4).contains(order), "an n-gram is 64 bits")
    precondition(texts.count >= 2, "one text has no others")
    let length = texts[0].count
    precondition(length >= order && texts.allSatisfy { $0.count == length }, "texts of different lengths, or shorter than \(order)")
    var logs = [Double](repeating: 0, count: texts.count)
    for n in 1...order {
        let counts = texts.map { text in
            var counts: [UInt64: Int] = [:]
            for start in 0...length - n { counts[text[start..<start + n].reduce(0) { $0 << 16 | UInt64($1) }, default: 0] += 1 }
            return counts
        }
        // Of each n-gram the two largest counts, and whose the largest is: who has it most is compared with the second.
        var most: [UInt64: (text: Int, count: Int, second: Int)] = [:]
        for (text, own) in counts.enumerated() {
            for (gram, count) in own {
                guard let known = most[gram] else {
                    most[gram] = (text, count, 0)
                    continue
                }
                if count > known.count {
                    most[gram] = (text, count, known.count)
                } else if count > known.second {
                    most[gram]!.second = count
                }
            }
        }
        for (text, own) in counts.enumerated() {
            let shared = own.reduce(0) { sum, entry in
                let known = most[entry.key]!
                return sum + min(entry.value, known.text == text ? known.second : known.count)
            }
            logs[text] += log(max(Double(shared), 0.5) / Double(length - n + 1)) / Double(order)
        }
    }
    return logs.reduce(0) { $0 + exp($1) } / Double(texts.count)
}
