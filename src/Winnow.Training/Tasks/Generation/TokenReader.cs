using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Generation;

/// <summary>Samples of tokens as batches: what is seen, what is to be predicted at each place (<see cref="None"/> for nothing), and how many tokens are seen; padded to the longest of the batch, rounded up.</summary>
/// <param name="samples">The samples.</param>
/// <param name="device">Where the batches are to be.</param>
internal sealed class TokenReader(TokenSamples samples, Device device) : ISampleReader
{
    /// <summary>The part of a batch that says how many tokens of each text are seen, int64 [samples].</summary>
    public const string Length = "length";

    /// <summary>The target where nothing is predicted.</summary>
    public const long None = -100;

    // Shapes that repeat are what allocators and kernels are made for.
    internal const int Step = 16;

    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(samples, ids, device);

    public void Dispose()
    {
    }

    private sealed class Pass(TokenSamples samples, ReadOnlyMemory<int> ids, Device device) : IBatchReader
    {
        public Batch Take(int start, int count)
        {
            var mine = ids.Span.Slice(start, count);
            var longest = 0;
            foreach (var id in mine)
            {
                longest = Math.Max(longest, samples.Length(id) - 1);
            }

            longest = (longest + Step - 1) / Step * Step;
            var (input, target, lengths) = (new long[count * longest], new long[count * longest], new long[count]);
            Array.Fill(target, None);
            for (var k = 0; k < count; k++)
            {
                var tokens = samples[mine[k]];
                var answer = samples.Answer(mine[k]);
                lengths[k] = tokens.Length - 1;
                for (var place = 0; place + 1 < tokens.Length; place++)
                {
                    input[(k * longest) + place] = tokens[place];
                    if (place + 1 >= answer)
                    {
                        target[(k * longest) + place] = tokens[place + 1];
                    }
                }
            }

            using var scope = NewDisposeScope();
            return new Batch(
                KeyValuePair.Create(Batch.Input, Place(input, count, longest)),
                KeyValuePair.Create(Batch.Target, Place(target, count, longest)),
                KeyValuePair.Create(Length, Place(lengths, count))).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
        }

        private Tensor Place(long[] values, params long[] shape) => TensorData.FromSpan<long>(values, shape).to(device);
    }
}
