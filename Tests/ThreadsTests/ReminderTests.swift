import StarlingThreads
import Testing

@Suite struct ReminderTests {
    /// Seconds at which somebody who asks ten times a second is reminded, of two minutes.
    private func times(_ reminder: Reminder) -> [Double] {
        var reminder = reminder
        return (0..<1200).map { Double($0) / 10 }.filter { reminder.remind(at: Deadline(nanoseconds: UInt64(1e9 * $0))) }
    }

    @Test func pausesStayOrGrow() {
        let start = Deadline(nanoseconds: 0)
        #expect(times(Reminder(after: 30, from: start)) == [30, 60, 90])
        #expect(times(Reminder(after: 10, growth: 2, from: start)) == [10, 30, 70])
    }

    /// Who asks late isn't reminded several times at once.
    @Test func pausesBeginWhenItWasSaid() {
        var reminder = Reminder(after: 1, from: Deadline(nanoseconds: 0))
        let late = Deadline(nanoseconds: 0).advanced(seconds: 100)
        #expect(reminder.remind(at: late) && !reminder.remind(at: late))
        #expect(!reminder.remind(at: late.advanced(seconds: 0.9)) && reminder.remind(at: late.advanced(seconds: 1)))
    }
}
