using Winnow.Numerics;

namespace Winnow.Benchmarks;

/// <summary>Losses with the long right tail that cross-entropy has: 63 % lie below the mean.</summary>
static class LossFixture
{
    public static float[] Make(int samples)
    {
        RngSequence random = Rng.Derive(7, 0, "losses").Sequence();
        float[] losses = new float[samples];
        for (int i = 0; i < samples; i++) losses[i] = (float)-Math.Log(1 - random.NextDouble());
        return losses;
    }
}
