import numpy as np
import pytest
from sklearn import calibration as skc
from sklearn.metrics import brier_score_loss, log_loss

from pycode.errors import CourseError
from pycode.evaluate import calibration as cal
from pycode.evaluate.noise import ece_floor
from pycode.evaluate.temperature import apply_temperature, fit_temperature
from pycode.evaluate.vector_scaling import fit_vector


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def calibrated(n=4000, c=8, seed=0, spread=2.0):
    """Logits and labels drawn from exactly their softmax."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, c)) * spread
    y = (softmax(z).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return y.clip(0, c - 1), z


def plain_ece(right, conf, edges):
    """The textbook loop: bins (a, b], weighted absolute gaps."""
    total = 0.0
    for a, b in zip(edges[:-1], edges[1:]):
        inside = (conf > a) & (conf <= b)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - conf[inside].mean())
    return total


@pytest.mark.parametrize("seed", range(3))
def test_nll_and_brier_agree_with_scikit_learn(seed):
    y, z = calibrated(500, seed=seed)
    p = softmax(z)
    assert cal.nll(y, z) == pytest.approx(log_loss(y, p, labels=range(8)))
    assert cal.brier(y, z) == pytest.approx(brier_score_loss(y, p, labels=range(8)))


def test_closed_forms_for_a_uniform_guess():
    y, z = np.arange(10) % 5, np.full((10, 5), 1000.0)
    assert cal.nll(y, z) == pytest.approx(np.log(5))
    assert cal.brier(y, z) == pytest.approx(0.8)
    assert cal.ece(y, z) == pytest.approx(0.0)


def test_huge_logits_do_not_overflow():
    y, z = np.array([0, 1]), np.array([[1e4, -1e4], [1e4, -1e4]])
    assert cal.nll(y, z) == pytest.approx(1e4)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_ece_is_the_textbook_loop(bins):
    y, z = calibrated(700, seed=4)
    conf, right = softmax(z).max(axis=1), z.argmax(axis=1) == y
    width = np.linspace(0, 1, bins + 1)
    mass = np.quantile(conf, width, method="inverted_cdf")
    mass[0], mass[-1] = 0.0, 1.0
    assert cal.ece(y, z, bins) == pytest.approx(plain_ece(right, conf, width))
    assert cal.ece(y, z, bins, "mass") == pytest.approx(plain_ece(right, conf, mass))


def test_reliability_agrees_with_scikit_learn_and_gives_ece():
    y, z = calibrated(900, seed=5)
    conf, right = softmax(z).max(axis=1), z.argmax(axis=1) == y
    table = cal.reliability_table(y, z, 10)
    accuracy, confidence = skc.calibration_curve(right, conf, n_bins=10)
    assert [b.accuracy for b in table] == pytest.approx(accuracy.tolist())
    assert [b.confidence for b in table] == pytest.approx(confidence.tolist())
    assert sum(b.rows for b in table) == 900
    ece = sum(b.rows * abs(b.accuracy - b.confidence) for b in table) / 900
    assert ece == pytest.approx(cal.ece(y, z, 10))
    assert all(b.low <= b.accuracy <= b.high for b in table)


def test_mass_bins_hold_equal_rows_and_keep_equal_confidences_together():
    y, z = calibrated(600, seed=6)
    rows = [b.rows for b in cal.reliability_table(y, z, 6, "mass")]
    assert rows == [100] * 6
    same = np.tile([[2.0, 0.0, 0.0]], (50, 1))
    assert len(cal.reliability_table(np.zeros(50, int), same, 15, "mass")) == 1


def test_floor_is_the_ece_of_fresh_calibrated_data():
    drawn = [cal.ece(*calibrated(800, seed=s, spread=1.0)) for s in range(40)]
    _, z = calibrated(800, seed=99, spread=1.0)
    floor = ece_floor(softmax(z).max(axis=1))
    assert floor.mean == pytest.approx(np.mean(drawn), rel=0.12)
    inside = np.mean([floor.low <= d <= floor.high for d in drawn])
    assert inside >= 0.85
    larger = ece_floor(np.tile(softmax(z).max(axis=1), 4))
    assert larger.mean == pytest.approx(floor.mean / 2, rel=0.1)


@pytest.mark.parametrize(
    ("p", "bins", "scheme", "edges"),
    [
        (np.repeat([0.6, 0.9], [60, 240]), 4, "mass", [0, 0.9, 1]),  # one bin holds both
        (np.random.default_rng(1).beta(4, 2, 400), 10, "width", np.linspace(0, 1, 11)),
    ],
    ids=["mass", "width"],
)
def test_floor_has_the_bins_that_are_asked_for(p, bins, scheme, edges):
    rng = np.random.default_rng(2)
    drawn = np.array([plain_ece(rng.random(len(p)) < p, p, edges) for _ in range(2000)])
    floor = ece_floor(p, bins, scheme, simulations=2000)
    assert floor.mean == pytest.approx(drawn.mean(), rel=0.05)
    if scheme == "width":  # several bins: hardly two simulations give the same value
        assert (drawn <= floor.low).mean() == pytest.approx(0.025, abs=0.012)
        assert (drawn <= floor.high).mean() == pytest.approx(0.975, abs=0.012)


def test_ece_interval_and_difference():
    y, z = calibrated(1500, seed=7)
    sharp = 3 * z
    interval = cal.ece_interval(y, sharp, resamples=500)
    assert interval.estimate == pytest.approx(cal.ece(y, sharp))
    assert interval.low < interval.estimate < interval.high
    difference = cal.ece_difference(y, sharp, z, resamples=500)
    assert difference.estimate == pytest.approx(cal.ece(y, sharp) - cal.ece(y, z))
    assert difference.low > 0


@pytest.mark.parametrize("true", [0.3, 1.0, 2.5])
def test_temperature_matches_a_fine_grid_and_the_truth(true):
    y, z = calibrated(3000, seed=8)
    fit = fit_temperature(y, z * true)
    grid = np.exp(np.linspace(np.log(0.1), np.log(10), 400))
    losses = [cal.nll(y, z * true / t) for t in grid]
    best = grid[int(np.argmin(losses))]
    assert fit.temperature == pytest.approx(best, rel=0.012)
    assert fit.nll_after <= min(losses) + 1e-12
    assert fit.temperature == pytest.approx(true, rel=0.08)
    assert fit.at_bound is None
    assert fit.nll_before == pytest.approx(cal.nll(y, z * true))
    assert fit.nll_after <= fit.nll_before + 1e-12


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_temperature_converges_from_any_scale(scale):
    """The optimum scales with the logits; the slope vanishes wherever it lies."""
    y, z = calibrated(500, seed=9)
    fit = fit_temperature(y, z * scale, low=1e-5, high=1e5)
    base = fit_temperature(y, z, low=1e-5, high=1e5)
    assert fit.temperature == pytest.approx(base.temperature * scale, rel=1e-6)
    assert fit.iterations <= 30


def test_temperature_slope_is_zero_at_the_optimum():
    y, z = calibrated(500, seed=10)
    t = fit_temperature(y, z).temperature
    step = 1e-4
    up, down = cal.nll(y, z / (t * (1 + step))), cal.nll(y, z / (t * (1 - step)))
    assert abs(up - down) / step < 1e-6


def test_temperature_says_when_it_hits_a_bound():
    y, z = calibrated(300, seed=11)
    right = np.eye(8)[y]
    assert fit_temperature(y, right).at_bound == "low"
    assert fit_temperature(y, -right).at_bound == "high"
    assert fit_temperature(y, -right).temperature == 20.0


def test_a_row_without_an_opinion_does_not_keep_the_others_from_being_fitted():
    y, z = calibrated(300, seed=11)
    flat = np.vstack([z, np.zeros((1, 8))])
    found = fit_temperature(np.append(y, 0), flat).temperature
    assert found == pytest.approx(fit_temperature(y, z).temperature)


def test_temperature_keeps_every_prediction():
    y, z = calibrated(300, seed=12)
    t = fit_temperature(y, 4 * z).temperature
    assert (apply_temperature(z, t).argmax(axis=1) == z.argmax(axis=1)).all()


def test_vector_scaling_agrees_with_scipy_and_beats_temperature():
    from scipy.optimize import minimize

    y, z = calibrated(1500, c=5, seed=13)
    bent = z * np.array([0.5, 1, 2, 1, 3]) + np.array([1, 0, -1, 2, 0])
    fit = fit_vector(y, bent)
    log_p = cal.log_softmax(bent)

    def loss(theta):
        away = theta - np.repeat([1.0, 0.0], 5)
        return cal.nll(y, log_p * theta[:5] + theta[5:]) * 1500 + 0.5 * (away**2).sum()

    reference = minimize(loss, np.repeat([1.0, 0.0], 5), tol=1e-10)
    assert fit.converged
    assert loss(np.concatenate([fit.scale, fit.shift])) <= reference.fun + 1e-6
    np.testing.assert_allclose(np.concatenate([fit.scale, fit.shift]), reference.x, atol=2e-3)
    assert fit.nll_after < fit_temperature(y, bent).nll_after
    assert cal.nll(y, fit.apply(bent)) == pytest.approx(fit.nll_after)
    assert cal.nll(y, bent) == pytest.approx(fit.nll_before)


def test_vector_scaling_survives_a_class_without_rows():
    y, z = calibrated(400, c=6, seed=14)
    keep = y != 5
    fit = fit_vector(y[keep], z[keep])
    assert fit.converged and np.isfinite(fit.scale).all() and np.isfinite(fit.shift).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cal.ece([0], [[1, 2]], scheme="mas"), "Did you mean 'mass'"),
        (lambda: cal.ece([0], [[1, 2]], bins=0), "bins must be a whole number, 1 or more"),
        (lambda: cal.nll([0, 1], [[1, 2]]), "labels has 2, logits has 1"),
        (lambda: cal.nll([2], [[1, 2]]), "class 2"),
        (lambda: cal.nll([0], [[np.inf, 2]]), "NaN or infinity in 1 rows"),
        (lambda: cal.nll([0], [1, 2]), "one row per example"),
        (lambda: fit_temperature([0], [[1, 2]], low=0), "0 < low < high"),
        (lambda: fit_temperature([0, 1], [[1, 1], [2, 2]]), "no temperature changes anything"),
        (lambda: apply_temperature([[1, 2]], 0), "above 0"),
        (lambda: fit_vector([0], [[1, 2]], ridge=0), "ridge"),
        (lambda: ece_floor([1.2]), "between 0 and 1"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(CourseError, match=message):
        call()
