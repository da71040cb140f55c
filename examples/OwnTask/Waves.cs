using Winnow.Numerics;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

/// <summary>Sine waves of different frequency and phase, and the same with noise, which is new in every epoch.</summary>
internal sealed class Waves : ISampleReader
{
    public const int Length = 32;
    private const float Noise = 1;

    private readonly float[] _clean;
    private readonly Device _device;

    public Waves(int count, int seed, Device device)
    {
        var random = new Random(seed);
        _device = device;
        _clean = [.. Enumerable.Range(0, count).SelectMany(_ => Wave(random.NextSingle(), random.NextSingle()))];
    }

    // In an evaluation nothing is drawn anew: the noise is then the same each time, so that two networks are held against the same samples.
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(this, ids, (draws ?? new SampleDraws(Seed: 0, Epoch: 0)).Stream("noise"));

    public void Dispose()
    {
    }

    private static IEnumerable<float> Wave(float frequency, float phase) =>
        Enumerable.Range(0, Length).Select(place => MathF.Sin(MathF.Tau * (((1 + (3 * frequency)) * place / Length) + phase)));

    private sealed class Pass(Waves waves, ReadOnlyMemory<int> ids, Rng noise) : IBatchReader
    {
        public Batch Take(int start, int count)
        {
            var (clean, noisy, bits) = (new float[count * Length], new float[count * Length], new uint[Length]);
            for (var row = 0; row < count; row++)
            {
                // The noise of a sample lies at places of its own, so that it is the same whichever other samples the epoch visits.
                var id = ids.Span[start + row];
                noise.Fill((ulong)id * Length, bits);
                for (var place = 0; place < Length; place++)
                {
                    clean[(row * Length) + place] = waves._clean[(id * Length) + place];
                    noisy[(row * Length) + place] = clean[(row * Length) + place] + (Noise * ((bits[place] / (float)uint.MaxValue) - 0.5f));
                }
            }

            return new Batch(input: tensor(noisy, [count, Length], device: waves._device), target: tensor(clean, [count, Length], device: waves._device));
        }

        public void Dispose()
        {
        }
    }
}
