using TorchSharp;

namespace Winnow.Networks.Tracing;

/// <summary>Puts a network into evaluation mode, and each part of it back into its own when disposed.</summary>
internal sealed class EvalMode : IDisposable
{
    private readonly torch.nn.Module[] _training;

    private EvalMode(torch.nn.Module[] training) => _training = training;

    public static EvalMode Of(torch.nn.Module module)
    {
        var mode = new EvalMode([.. module.modules().Prepend(module).Distinct().Where(static part => part.training)]);
        module.eval();
        return mode;
    }

    public void Dispose()
    {
        // Each part by itself would set its children's, too: from the outside in, those that are not in training last.
        foreach (var part in _training)
        {
            part.train();
        }

        foreach (var part in _training.SelectMany(static part => part.modules()).Except(_training))
        {
            part.eval();
        }
    }
}
