"""The map of questions' vectors: its formula, and what it does to questions in everyday words."""

from __future__ import annotations

import numpy as np
from tiny import TinyEncoder

from qa.models.encoder import load_encoder, load_question_map
from qa.models.question_map import QuestionMap
from qa.search.language_means import LanguageMeans

# Questions as people type them, and the sentence of a rule or manual that answers each, in other words.
ASKED = (
    ("手机掉水里了还能免费修吗", "因进液、摔落等人为原因造成的损坏，不在保修范围之内。"),
    ("公司搬家那两天要不要来打卡", "办公地点迁移期间全员居家办公，考勤按正常出勤记录。"),
    ("娃发烧了能不能接着上学", "体温超过37.3摄氏度的幼儿应当离园，退热满48小时后凭证明返园。"),
    ("锅老是糊底咋整", "内胆底部焦化时，请先用温水浸泡，并检查加热盘上是否有异物。"),
    ("走人的话得提前几天说", "劳动者解除劳动合同，应当提前三十日以书面形式通知用人单位。"),
    ("票丢了还能坐车不", "旅客遗失车票的，应当在停止检票前办理挂失补办手续。"),
    ("这玩意儿一充电就发烫正常不", "充电过程中机身温度升高属于正常现象，高于45摄氏度时会自动停止充电。"),
    ("邻居半夜装修找谁管", "在限制时段内进行产生噪声的装修活动，由物业服务人劝阻，或者向公安机关报告。"),
    ("钱打错人了能要回来吗", "向他人账户误汇款项的，汇款人可以请求收款人返还不当得利。"),
    ("who do I bug if my badge stops working", "Access cards that fail to open a door are replaced by the facilities desk."),
    ("can I wear jeans on fridays", "The dress code is business casual; denim is permitted on the last working day of the week."),
    ("my laptop got nicked, what now", "Report the theft of company equipment to security and to the police within 24 hours."),
)


def test_the_vector_is_moved_and_has_length_one() -> None:
    question_map = QuestionMap(np.array([[0, 1], [0, 0]], np.float32), np.array([0, 2], np.float32))
    assert np.allclose(question_map(np.array([1, 0], np.float32)), np.array([1, 3]) / np.sqrt(10))


def test_it_goes_with_the_default_model_only(tiny: TinyEncoder) -> None:
    assert load_question_map(tiny) is None
    assert load_question_map(load_encoder()) is QuestionMap.fitted()
    assert QuestionMap.fitted().matrix.shape == (384, 384)


def test_questions_in_everyday_words_are_moved_towards_what_answers_them() -> None:
    encoder = load_encoder()
    means = LanguageMeans.measure(encoder)
    passages = encoder.encode_passages([answer for _, answer in ASKED])
    languages = means.passage_languages(passages)
    centred = passages - means.passages[languages]
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    asked = np.stack([means.centre_question(vector) for vector in encoder.encode_queries([question for question, _ in ASKED])])
    moved = np.stack([QuestionMap.fitted()(vector) for vector in asked])

    def lead(questions: np.ndarray) -> np.ndarray:
        """How far the cosine with the answer is above that with the best other passage."""
        cosines = questions @ centred.T
        own = cosines.diagonal().copy()
        np.fill_diagonal(cosines, -1)
        return np.asarray(own - cosines.max(1))

    assert lead(moved).mean() > 1.25 * lead(asked).mean()  # .12 and .09
    assert (lead(moved) > lead(asked)).sum() >= 8
    assert 0.7 < float((moved * asked).sum(1).mean()) < 0.95
