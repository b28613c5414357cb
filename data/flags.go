package data

// The bits of store.sale.flags that this program decides by; the table store.flag
// names and explains all of them.
const (
	FlagSynthetic        = 1 << 0
	FlagBeforeRelease    = 1 << 1
	FlagPriceSentinel    = 1 << 2
	FlagImplausible      = 1 << 3
	FlagSoldInFuture     = 1 << 4
	FlagPriceOutlier     = 1 << 8
	FlagTestRow          = 1 << 9
	FlagRetailImpossible = 1 << 10
	FlagReleased         = 1 << 11
	FlagPriceRounded     = 1 << 16
)

// FlagsExcluding are the flags that keep a record out of observations unless it
// is released: those of store.flag with excludes. The model observations has the
// same number; the check observations_leave_out_flags holds the three together.
const FlagsExcluding = FlagBeforeRelease | FlagPriceSentinel | FlagImplausible | FlagSoldInFuture | FlagPriceOutlier | FlagTestRow
