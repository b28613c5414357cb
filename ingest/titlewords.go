package ingest

import "strings"

// wordKind is what a word of a title is for, apart from naming colours.
type wordKind uint8

const (
	wordPlain     wordKind = iota // a colour, a collaborator, a pack, or anything unknown
	wordFiller                    // says nothing of which style it is
	wordBrand                     // another maker of shoes or of other things with such numbers
	wordNoShoe                    // a sandal, a shirt, a box: no 990 whatever number is beside it
	wordOtherLine                 // after the number it makes another shoe of it: 990 Sport
	wordKids
	wordWomen
	wordMen
	wordWidth // means a width where a word like "wide" follows, or by itself
	wordUnit  // a number beside it is a size or a price
)

// titleWords says of each word what it is for. Words are in lower case, without
// apostrophes and accents.
var titleWords = wordTable(map[wordKind]string{
	wordFiller: `a an the and or of by with for from to at on x w in is it this these my your our no not very super
		sneaker sneakers shoe shoes trainer trainers running runner runners lifestyle footwear pair pairs
		new brand deadstock ds vnds pads bnib bnwb nib used worn preowned pre owned condition great good excellent near
		rare htf authentic auth genuine original legit og box boxed without only og all extra laces
		size sizes sz fast free shipping ship ships sale sold steal deal price
		release released limited edition exclusive collection pack line
		fuelcell abzorb encap mens adult adults color colour colors colorway colourway style
		usa us uk america american england made miusa miuk mi teddy santis newbalance balance nb unisex sneakerhead
		스니커즈 운동화 신발 컬러 새상품 정품 사이즈 한정판 콜라보`,
	wordBrand: `nike jordan jordans adidas yeezy yeezys asics puma reebok converse vans saucony salomon hoka fila crocs ugg uggs timberland
		timberlands balenciaga gucci dior prada vuitton margiela mizuno diadora birkenstock karhu onitsuka skechers alden danner
		clarks mschf lacoste lanvin underarmour armour autry veja
		lg samsung canon sony nokia lenovo dell asus nikon casio seiko omega rolex lego honda yamaha kawasaki suzuki bmw porsche
		irs ktm husqvarna fujifilm gigabyte msi
		나이키 조던 아디다스 이지 아식스 푸마 리복 컨버스 반스 살로몬 호카 크록스 어그`,
	wordNoShoe: `sandal sandals slide slides slipper slippers clog clogs mule mules flipflop flipflops tee tees tshirt tshirts shirt shirts hoodie
		hoodies sweatshirt sweatshirts sweater crewneck sweatpants sweatpant jogger joggers pant pants trouser trousers jacket jackets
		coat parka vest shorts short cap caps hat hats beanie sock socks backpack tote jersey fleece hoody
		keychain keyring insole insoles poster print sticker stickers figure magnet lot bundle cleat cleats baseball softball
		football soccer lacrosse tennis boot boots loafer loafers numeric vulc
		샌들 슬라이드 슬리퍼 뮬 티셔츠 후드 후드티 자켓 재킷 팬츠 쇼츠 모자 양말 가방 백팩 맨투맨 스웨트셔츠 로퍼 부츠`,
	wordOtherLine: `sport legacy rugged trail 스포츠 레거시`,
	wordKids:      `gs ps td kids kid toddler toddlers infant infants youth junior juniors gradeschool preschool boys girls child children childrens 키즈 유아 아동 주니어 토들러`,
	wordWomen:     `wmns womens women woman ladies female wmn 우먼스 여성 여성용`,
	wordMen:       `men mens man male 맨즈 남성 남성용`,
	wordWidth:     `2a 4a aa b d 2e 4e 6e ee eeee`,
	wordUnit:      `usd eur gbp krw jpy cad aud dollars dollar euro euros mm cm eu kr jp원 원 won yen`,
})

func wordTable(kinds map[wordKind]string) map[string]wordKind {
	out := map[string]wordKind{}
	for _, kind := range []wordKind{wordFiller, wordUnit, wordWidth, wordMen, wordWomen, wordKids, wordOtherLine, wordNoShoe, wordBrand} {
		for _, w := range strings.Fields(kinds[kind]) {
			out[w] = kind
		}
	}
	return out
}

// sameWords are other spellings.
var sameWords = map[string][]string{
	"gray": {"grey"}, "grays": {"grey"}, "greys": {"grey"}, "blk": {"black"}, "wht": {"white"}, "nvy": {"navy"}, "gry": {"grey"},
	"ald": {"aime", "leon", "dore"}, "jfg": {"joe", "freshgoods"},
	"greyday": {"grey", "day"}, "greydays": {"grey", "day"}, "grayday": {"grey", "day"}, "graydays": {"grey", "day"},
	"tripleblack": {"triple", "black"}, "jcrew": {"crew"}, "fieg": {"kith"}, "ronnie": {"kith"}, // its founder
}

// familyModels are the numbers that this book is about. A word such as "990s" is
// a plural, but 997S and 574S are shoes of their own.
var familyModels = map[string]bool{"990": true, "991": true, "992": true, "993": true, "995": true, "996": true, "997": true, "998": true, "999": true,
	"1300": true, "574": true, "576": true, "580": true}

// otherModels are numbers of the brand's other shoes, which are told apart. Such a
// number counts where the brand's name stands right before it, or with its letter.
var otherModels = map[string]string{"327": "327", "2002": "2002R", "2002r": "2002R", "2002rx": "2002R", "1906": "1906", "1906r": "1906R", "1906d": "1906D", "1906a": "1906A",
	"1906l": "1906L", "1906n": "1906N", "1906u": "1906U", "9060": "9060", "530": "530", "550": "550", "650": "650", "650r": "650R", "237": "237", "247": "247", "5740": "5740",
	"480": "480", "1500": "1500", "1400": "1400", "1600": "1600", "1700": "1700", "1000": "1000", "1080": "1080", "860": "860", "880": "880", "740": "740",
	"850": "850", "878": "878", "920": "920", "608": "608", "610": "610", "509": "509", "410": "410", "515": "515", "420": "420", "373": "373", "300": "300",
	"302": "302", "2010": "2010", "204l": "204L", "471": "471", "475": "475", "442": "442", "306": "306", "808": "808", "rc30": "RC30", "rc42": "RC42",
	"omn1s": "OMN1S", "801": "801", "827": "827", "xc72": "XC-72", "ct302": "302", "bb550": "550", "99x": "99X"}
