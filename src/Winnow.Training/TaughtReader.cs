using Winnow.Torch;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>Training samples, each with what a teacher says of it, whichever pass they are read for.</summary>
/// <param name="samples">Gives the samples.</param>
/// <param name="rows">The teacher's log-probabilities, a row a sample; disposed with the reader.</param>
internal sealed class TaughtReader(ISampleReader samples, Tensor rows) : ISampleReader
{
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws) => new Pass(samples.Read(ids, draws), ids, rows);

    public void Dispose()
    {
        samples.Dispose();
        rows.Dispose();
    }

    private sealed class Pass(IBatchReader inner, ReadOnlyMemory<int> ids, Tensor rows) : IBatchReader
    {
        public Batch Take(int start, int count) =>
            inner.Take(start, count).With(Batch.Teacher, rows.index_select(0, TensorData.FromSpan<long>(Array.ConvertAll(ids.Slice(start, count).ToArray(), static id => (long)id)).to(rows.device)));

        public void Dispose() => inner.Dispose();
    }
}
