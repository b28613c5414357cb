package ingest

import (
	"slices"
	"strings"
)

// koreanWords are the words of the reference as Korean shops write them by their
// sound: an English word, then its spellings. An English word in several parts is
// joined by a plus.
const koreanWords = `
new+balance 뉴발란스 뉴발
made 메이드
made+in 메이드인
in 인
usa 유에스에이 미국 미국산
uk 유케이 영국 영국산
version 버전
series 시리즈
teddy 테디
santis 산티스
fuelcell 퓨어셀
abzorb 앱조브
day 데이
days 데이즈
grey+day 그레이데이
women 우먼 우먼스
action 액션
aime 에메 에임
aloe 알로에
amazonia 아마조니아
amethyst 자수정 아메시스트 애머시스트
angora 앙고라
anniversary 애니버서리 주년
arctic 아크틱
baklava 바클라바
beige 베이지
bembury 벰버리
better 베러 베터
black 블랙
blue 블루
bodega 보데가
botanical 보타니컬
bright 브라이트
broadacre 브로드에이커
bronson 브론슨
brown 브라운
burgundy 버건디
camo 카모 캐모
carhartt 칼하트
castlerock 캐슬락 캐슬록
center 센터
chive 차이브
chrysanthemum 크리산테멈 크리샌더멈
chutney 처트니
city 시티
close 클로즈
clothes 클로즈
coco 코코
community 커뮤니티
concepts 콘셉츠 컨셉츠
covert 코버트 커버트
cream 크림
dark 다크
daytona 데이토나
daze 데이즈
dazzling 대즐링
dore 도르
dusty 더스티
earth 어스
eclipse 이클립스
egg 에그
elephant 엘리펀트
faded 페이디드
family 패밀리
foundation 파운데이션
frank 프랭크
french 프렌치
freshgoods 프레쉬굿즈 프레시굿즈
fried 프라이드
garden 가든
genesis 제네시스
gold 골드
grape 그레이프
green 그린
grey 그레이
harris 해리스
haze 헤이즈
hike 하이크
horween 호윈
incense 인센스
indigo 인디고
island 아일랜드
ivory 아이보리
jjjjound 자운드 jjj자운드
joe 조
joker 조커
juice 쥬스 주스
kennedy 케네디
khaki 카키
kith 키스
kithmas 키스마스
label 라벨
lapis 라피스
lazuli 라줄리
leaf 리프
leather 레더
leon 레온
levis 리바이스
light 라이트
limestone 라임스톤
lloyd 로이드
logo 로고
macadamia 마카다미아
madison 매디슨
magenta 마젠타
magnet 마그넷
malbon 말본
marblehead 마블헤드
marigold 메리골드 마리골드
maroon 마룬
mercury 머큐리
mid 미드
military 밀리터리
mindful 마인드풀
mirage 미라지
mist 미스트
misty 미스티
mocca 모카
montreal 몬트리올
moon 문
moonbeam 문빔
moonrock 문락 문록
multicolor 멀티컬러 멀티
mushroom 머쉬룸 머시룸
navy 네이비
neon 네온
night 나이트
nut 넛
olive 올리브
orange 오렌지
outside 아웃사이드
pacific 퍼시픽
palace 팔라스 팰리스
paperboy 페이퍼보이
paris 파리
patta 파타
pearl 펄
peyote 피요테 페요테
phantaci 판타시
pink 핑크
plum 플럼
prom 프롬
purple 퍼플
rats 랫츠 랫
raw 로우
red 레드
reflection 리플렉션
removed 리무브드
renaissance 르네상스
reveal 리빌
ribbon 리본
roast 로스트
rose 로즈
royal 로얄 로열
sage 세이지
salehe 살레헤
salmon 살몬
salt 솔트
sand 샌드
sandstone 샌드스톤
scarlet 스칼렛
sculpture 스컬프처
sea 씨
sepia 세피아
shadow 섀도우 쉐도우
shy 샤이
silver 실버
skin 스킨
slate 슬레이트
smoked 스모크드
snyder 스나이더
spring 스프링
square 스퀘어
steel 스틸
stone 스톤
stray 스트레이
suede 스웨이드
sulphur 설퍼
tan 탄 탠
taupe 토프
teal 틸
team 팀
tide 타이드
todd 토드
triple 트리플
true 트루
tweed 트위드
ultra 울트라
untitled 언타이틀드
varsity 바시티
vegan 비건
vintage 빈티지
violet 바이올렛
volt 볼트
vulcan 불칸
wash 워시
washed 워시드
white 화이트
wine 와인
workwear 워크웨어
ronnie 로니
fieg 피그
wtaps 더블탭스
yellow 옐로우 옐로
the 더
of 오브
by 바이
and 앤
pack 팩
limited 한정 리미티드
edition 에디션
exclusive 익스클루시브
retro 레트로
golf 골프
time 타임
be 비
keep 킵
your 유어
crew 크루
jcrew 제이크루
kids 키즈
core 코어
mint 민트
charcoal 차콜
metallic 메탈릭
`

// koreanSpellings maps a Korean word, by its sound, to the English ones. Where two
// sound alike the first listed stands.
func koreanSpellings() map[string][]string {
	out := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(koreanWords), "\n") {
		words := strings.Fields(line)
		for _, w := range words[1:] {
			if _, ok := out[sound(w)]; !ok {
				out[sound(w)] = strings.Split(words[0], "+")
			}
		}
	}
	return out
}

var korean = koreanSpellings()

// sound writes Hangul so that what is heard alike is written alike: shops spell the
// same English word 솔트 and 쏠트, 팰리스 and 펠리스, 쥬스 and 주스.
func sound(w string) string {
	return strings.Map(func(r rune) rune {
		if r < 0xac00 || r > 0xd7a3 {
			return r
		}
		// A syllable is its first consonant, of 19, its vowel, of 21, and its end, of 28.
		s := r - 0xac00
		first, vowel, end := s/588, s%588/28, s%28
		switch first {
		case 1, 4, 8, 10, 13: // ㄲ ㄸ ㅃ ㅆ ㅉ
			first--
		}
		switch vowel {
		case 1, 3: // ㅐ ㅒ: ㅔ ㅖ
			vowel += 4
		}
		if first == 9 || first == 12 || first == 14 { // after ㅅ ㅈ ㅊ no y is heard
			switch vowel {
			case 2: // ㅑ
				vowel = 0
			case 6, 12, 17: // ㅕ ㅛ ㅠ
				vowel -= map[rune]rune{6: 2, 12: 4, 17: 4}[vowel]
			}
		}
		return 0xac00 + first*588 + vowel*28 + end
	}, w)
}

// longestKorean is what two of the words take at most, in bytes, with some to spare.
const longestKorean = 60

// spelt returns a word as the rest of this package knows it. Korean writes words
// together at will, and counts anniversaries with a suffix: 40주년.
func spelt(w string) ([]string, bool) {
	if same, ok := sameWords[w]; ok {
		return same, true
	}
	if len(w) == 0 || len(w) > longestKorean || w[len(w)-1] < 0x80 {
		return nil, false
	}
	w = sound(w)
	if same, ok := korean[w]; ok {
		return same, true
	}
	if n, ok := strings.CutSuffix(w, "주년"); ok && allDigits(n) {
		return []string{n + "th", "anniversary"}, true
	}
	for i := range w {
		if one, ok := korean[w[:i]]; ok && korean[w[i:]] != nil {
			return append(slices.Clone(one), korean[w[i:]]...), true
		}
	}
	return nil, false
}
