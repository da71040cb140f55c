namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// How much noise an image has at each time step (Ho et al., Denoising Diffusion Probabilistic Models, NeurIPS 2020, sections 2 and 4): q(x_t | x_0) is normal with mean √ᾱ_t·x_0 and variance
/// 1 - ᾱ_t, where ᾱ_t is the product of 1 - β over the steps up to t, and β rises linearly from 10^-4 to 0.02 over 1,000 steps. With another number of steps β is scaled so that about as much noise is reached.
/// </summary>
internal sealed class NoiseSchedule
{
    private readonly double[] _alphaBar;

    /// <param name="steps">Time steps, at least 1.</param>
    public NoiseSchedule(int steps)
    {
        (Betas, _alphaBar) = (new double[steps], new double[steps]);
        var (product, scale) = (1.0, 1000.0 / steps);
        for (var t = 0; t < steps; t++)
        {
            Betas[t] = Math.Min(0.999, scale * (1e-4 + ((0.02 - 1e-4) * (steps == 1 ? 1 : t / (steps - 1.0)))));
            _alphaBar[t] = product *= 1 - Betas[t];
        }
    }

    /// <summary>How many time steps there are.</summary>
    public int Steps => _alphaBar.Length;

    /// <summary>β by time step, 0-based: the paper's t - 1.</summary>
    public double[] Betas { get; }

    /// <summary>ᾱ at a time step; 1, no noise, before the first, at -1.</summary>
    public double AlphaBar(int time) => time < 0 ? 1 : _alphaBar[time];

    /// <summary>What the image counts at a time step, √ᾱ.</summary>
    public float Signal(long time) => (float)Math.Sqrt(_alphaBar[time]);

    /// <summary>What the noise counts, √(1 - ᾱ).</summary>
    public float Noise(long time) => (float)Math.Sqrt(1 - _alphaBar[time]);
}
