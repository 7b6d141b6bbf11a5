import pytest

from bot.settings import DEMO_CONFIG
from bot.skills.config import OrderConfig, RepairConfig, SkillsConfig


def load(tmp_path, text):
    path = tmp_path / "daedap.toml"
    path.write_text(text, encoding="utf-8")
    return SkillsConfig.load(path, {})


def test_without_a_table_a_skill_is_off(tmp_path):
    assert load(tmp_path, "") == SkillsConfig()
    assert load(tmp_path, '[skills.repair]\nenabled = false\nproducts = ["문"]').names == frozenset()
    assert SkillsConfig.load(tmp_path / "none.toml", {}) == SkillsConfig()


def test_the_demo_has_both():
    assert SkillsConfig.load(DEMO_CONFIG, {}).names == {"repair", "order"}


def test_a_company_says_it_its_own_way(tmp_path):
    found = load(
        tmp_path,
        """
[skills.repair]
products = ["오븐"]
slots = ["product", "phone"]
optional = []
own_slots = [{name = "shop", label = "매장", ask = "어느 매장이에요?", optional = true}]
texts = {start = "오븐을 봐 드릴게요."}
[skills.repair.aliases]
"오븐" = ["화덕"]
[skills.order]
orders = "o.csv"
""",
    )
    assert found.repair.asked == ("product", "phone", "shop")
    assert [found.repair.is_optional(name) for name in found.repair.asked] == [False, False, True]
    assert [found.repair.label(name) for name in found.repair.asked] == ["제품", "전화번호", "매장"]
    assert (found.repair.text("start"), found.repair.text("ask_phone")) == (
        "오븐을 봐 드릴게요.",
        "연락받으실 전화번호를 알려 주세요.",
    )
    assert found.repair.aliases == {"오븐": ("화덕",)}
    assert found.order.orders == tmp_path / "o.csv"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[skills.refund]", "unknown skill 'refund'"),
        ("[skills.repair]\nprodukts = []", "unknown skills.repair setting 'produkts'"),
        ("[skills.repair]", "products is empty"),
        ('[skills.repair]\nproducts = "오븐"', "must be a list of words"),
        ('[skills.repair]\nproducts = ["오븐"]\nslots = ["colour"]', "slots has 'colour'"),
        ('[skills.repair]\nproducts = ["오븐"]\nclosed = ["일요일"]', "closed has '일요일'"),
        ('[skills.repair]\nproducts = ["오븐"]\ntexts = {hello = "네"}', "unknown skills.repair text 'hello'"),
        ('[skills.repair]\nproducts = ["오븐"]\ntexts = {done = "{price}"}', "it may name lines, receipt"),
        ('[skills.repair]\nproducts = ["오븐"]\nmax_days_ahead = 0\nmin_days_ahead = 3', "min_days_ahead"),
        ('[skills.repair]\nproducts = ["오븐"]\nown_slots = [{name = "phone", label = "가", ask = "나"}]', "own slot 'phone'"),
        ('[skills.repair]\nproducts = ["오븐"]\nown_slots = [{name = "a", label = "가"}]', "ask"),
        ('[skills.order]\norder_pattern = "("', "no regular expression"),
        ("[skills.order]\ntries = 9", "tries is 9"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path, text, message):
    with pytest.raises(ValueError) as raised:
        load(tmp_path, text)
    assert message in str(raised.value)


@pytest.mark.parametrize("config", [RepairConfig(products=("오븐",)), OrderConfig()])
def test_every_text_can_be_said(config):
    from bot.skills import texts

    shipped = texts.REPAIR if isinstance(config, RepairConfig) else texts.ORDER
    places = dict.fromkeys(
        "lines values label value digits products date first last weekday limit receipt yes change number example".split(), "가"
    )
    assert all(config.text(name, **places) for name in shipped)
