using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;

namespace Winnow.Training.Tests;

/// <summary>The first of some small images as a batch, and a network of the catalogue in evaluation mode, at its first weights.</summary>
internal sealed class FirstImages : IDisposable
{
    private readonly ISampleReader _samples;
    private readonly IBatchReader _reader;

    public FirstImages(string model, int width, int count)
    {
        var trainer = new TrainingRecipe { Model = model, Width = width, Precision = Precision.Fp32, Layout = MemoryLayout.Contiguous }.CreateTrainer(Small.Images(8, 8), torch.CPU);
        Task = trainer.Task;
        Network = trainer.CreateModel(7);
        Network.Eval();
        _samples = Task.OpenTrain(torch.CPU, MemoryLayout.Contiguous);
        _reader = _samples.Read(Enumerable.Range(0, count).ToArray(), draws: null);
        Batch = _reader.Take(0, count);
    }

    public TrainingTask Task { get; }

    public Network Network { get; }

    public Batch Batch { get; }

    public void Dispose()
    {
        _reader.Dispose();
        _samples.Dispose();
        Network.Dispose();
    }
}
