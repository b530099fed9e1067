"""The numbers of StarlingLatentQuality by scikit-learn and torch.distributions.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy scikit-learn safetensors
    /tmp/venv/bin/python Tests/Fixtures/latent-quality/make.py

Writes latent-quality.safetensors beside this file. Inputs are float32, results float64, computed in float64 from those inputs.
  vector<i>.x, .xhat [M, D]; .r2 [D] (r2_score, raw_values; NaN where x is constant), .r2mean, .r2pooled [1]
  image.x, .xhat [M, C·H·W], .shape [3] int32; .psnr [1], .r2pooled [1]
  planes.x, .xhat [M, C·H·W], .shape [3] int32; .f1 [C] (f1_score; NaN where nothing is set), .f1total [1]
  posterior<i>.mean, .logVariance [M, Z], .priorMean, .priorLogVariance [Z]; .kl, .misfits [Z], .misfit [1]
  scores<i>.positives, .negatives; .auc [1] (roc_auc_score)
  probe.means.train, .test [·, Z], .states.train, .test [·, S]; .r2 [S] (StandardScaler and Ridge(alpha=1))
"""
from pathlib import Path

import numpy
import sklearn
import torch
from safetensors.numpy import save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import f1_score, mean_squared_error, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.distributions import MultivariateNormal, Normal, kl_divergence

random = numpy.random.default_rng(31)
arrays = {}


def normal(*shape):
    return random.standard_normal(shape).astype(numpy.float32)


def put(prefix, **values):
    for name, value in values.items():
        value = numpy.atleast_1d(numpy.asarray(value))
        arrays[f"{prefix}.{name.replace('_', '.')}"] = numpy.ascontiguousarray(value)


def double(*values):
    return [value.astype(numpy.float64) for value in values]


def explained(prefix, x, xhat):
    x64, xhat64 = double(x, xhat)
    varies = x64.std(axis=0) > 1e-5 * numpy.abs(x64).max(axis=0)
    r2 = numpy.full(x.shape[1], numpy.nan)
    r2[varies] = r2_score(x64[:, varies], xhat64[:, varies], multioutput="raw_values")
    put(prefix, x=x, xhat=xhat, r2=r2,
        r2mean=r2_score(x64[:, varies], xhat64[:, varies], multioutput="uniform_average"))
    # The error of scalars that don't vary counts in the pooled share, which r2_score leaves out.
    error = mean_squared_error(x64, xhat64, multioutput="raw_values").sum()
    put(prefix, r2pooled=1 - error / x64.var(axis=0).sum())


for n, (rows, width, noise) in enumerate([(2, 1, 0.1), (40, 4, 0.3), (101, 7, 1.5)]):
    x = normal(rows, width) * numpy.exp(normal(width)) + 3 * normal(width)
    if n == 2:
        x[:, 3], x[:, 5] = 0.1, 0
    explained(f"vector{n}", x, x + noise * normal(rows, width))

shape = (2, 6, 5)
x = random.uniform(0, 1, (12, numpy.prod(shape))).astype(numpy.float32)
xhat = (x + 0.05 * normal(*x.shape)).astype(numpy.float32)
explained("image", x, xhat)
put("image", shape=numpy.array(shape, numpy.int32),
    psnr=10 * numpy.log10(1 / mean_squared_error(*double(x, xhat))))

shape = (4, 5, 5)
x = (random.uniform(0, 1, (9, *shape)) < numpy.array([0.5, 0.1, 0.0, 0.02])[:, None, None]).astype(numpy.float32)
xhat = numpy.clip(0.7 * x + random.uniform(0, 0.6, x.shape), 0, 1).astype(numpy.float32)
truth, claim = x >= 0.5, xhat >= 0.5
put("planes", x=x.reshape(9, -1), xhat=xhat.reshape(9, -1), shape=numpy.array(shape, numpy.int32),
    f1=[f1_score(truth[:, c].ravel(), claim[:, c].ravel()) if truth[:, c].any() else numpy.nan for c in range(4)],
    f1total=f1_score(truth.ravel(), claim.ravel()))

for n, (rows, latents, standard) in enumerate([(1, 3, True), (30, 1, True), (50, 8, True), (64, 5, False)]):
    mixing = normal(latents, latents)
    mean = (normal(rows, latents) @ mixing + normal(latents)).astype(numpy.float32)
    log_variance = (-2 + normal(rows, latents)).astype(numpy.float32)
    prior_mean = numpy.zeros(latents, numpy.float32) if standard else normal(latents)
    prior_log_variance = numpy.zeros(latents, numpy.float32) if standard else normal(latents)
    m, lv, pm, plv = (torch.tensor(value.astype(numpy.float64)) for value in (mean, log_variance, prior_mean, prior_log_variance))
    prior = Normal(pm, (0.5 * plv).exp())
    kl = kl_divergence(Normal(m, (0.5 * lv).exp()), prior).mean(0)
    covariance = torch.tensor(numpy.cov(m.numpy(), rowvar=False, bias=True).reshape(latents, latents) if rows > 1
                              else numpy.zeros((latents, latents))) + torch.diag(lv.exp().mean(0))
    misfit = kl_divergence(MultivariateNormal(m.mean(0), covariance), MultivariateNormal(pm, torch.diag(plv.exp())))
    misfits = kl_divergence(Normal(m.mean(0), covariance.diagonal().sqrt()), prior)
    put(f"posterior{n}", mean=mean, logVariance=log_variance, priorMean=prior_mean, priorLogVariance=prior_log_variance,
        kl=kl.numpy(), misfits=misfits.numpy(), misfit=misfit.numpy())

for n, (positives, negatives, shift) in enumerate([(1, 1, 1), (40, 70, 0.5), (100, 30, 3), (50, 50, 0)]):
    a, b = normal(positives) + numpy.float32(shift), normal(negatives)
    if n == 3:
        a, b = numpy.round(a * 2) / 2, numpy.round(b * 2) / 2  # ties
    auc = roc_auc_score(numpy.r_[numpy.ones(positives), numpy.zeros(negatives)], numpy.r_[a, b])
    put(f"scores{n}", positives=a, negatives=b, auc=auc)

means = {part: normal(60, 4) * numpy.array([1, 0.01, 5, 1], numpy.float32) for part in ("train", "test")}
weights = normal(4, 3) / numpy.array([[1], [0.01], [5], [1]], numpy.float32)
states = {part: (z @ weights + numpy.array([0.1, 1, 20], numpy.float32) * normal(60, 3) + 2).astype(numpy.float32)
          for part, z in means.items()}
model = make_pipeline(StandardScaler(), Ridge(alpha=1.0)).fit(*double(means["train"], states["train"]))
said = model.predict(means["test"].astype(numpy.float64))
put("probe", means_train=means["train"], means_test=means["test"], states_train=states["train"], states_test=states["test"],
    r2=r2_score(states["test"].astype(numpy.float64), said, multioutput="raw_values"))

save_file(arrays, str(Path(__file__).with_name("latent-quality.safetensors")),
          {"source": f"scikit-learn {sklearn.__version__}, torch {torch.__version__}"})
print(len(arrays), "arrays")
