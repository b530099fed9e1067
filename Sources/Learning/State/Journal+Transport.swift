package import StarlingStorage
import StarlingTransport

extension Journal: UnrollJournal {}
