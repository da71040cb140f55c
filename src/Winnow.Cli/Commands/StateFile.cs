using Winnow.Checkpoints;
using Winnow.Data;
using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary>
/// A run between two command lines: the pruner as it saves itself, and beside it the method and the labels that it takes to make it again.
/// Locked while it is open, and replaced whole.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private const string MethodFact = "run.method", LabelsSection = "run.labels";

    private readonly string _path;
    private readonly FileStream? _held;
    private readonly int[] _labels;

    private StateFile(string path, FileStream? held, string method, ulong seed, int[] labels, Pruner pruner)
    {
        (_path, _held, Method, Seed, _labels, Pruner) = (path, held, method, seed, labels, pruner);
    }

    public Pruner Pruner { get; }

    /// <summary>The method's canonical spec.</summary>
    public string Method { get; }

    public ulong Seed { get; }

    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>A run that begins; nothing is written yet.</summary>
    public static StateFile Begin(string path, string method, Pruner pruner, PrunerOptions options) =>
        new(path, null, method, options.Seed, options.Labels.ToArray(), pruner);

    /// <summary>A run that goes on.</summary>
    /// <exception cref="CheckpointException">It is torn or altered, or no state of a run.</exception>
    /// <exception cref="IOException">Another process is using it, or it can't be read.</exception>
    public static StateFile Open(string path, int threads, bool allowUnobserved)
    {
        var held = Hold(path);
        try
        {
            var checkpoint = CheckpointReader.Open(held);
            if (!checkpoint.Facts.TryGetValue(MethodFact, out var method))
            {
                throw new CheckpointException("it is a checkpoint and none of winnow plan's; name a file that winnow plan made");
            }

            var options = new PrunerOptions
            {
                Epochs = checkpoint.Fact<int>("pruner.epochs"),
                Seed = checkpoint.Fact<ulong>("pruner.seed"),
                Order = checkpoint.Fact("pruner.order") == "keyed" ? PlanOrder.Keyed : PlanOrder.Listed,
                Labels = checkpoint.Has(LabelsSection) ? checkpoint.Read<int>(LabelsSection) : [],
                Threads = threads,
                AllowUnobserved = allowUnobserved,
            };
            var pruner = Pruner.Restore(checkpoint, checkpoint.Fact<int>("pruner.samples"), PolicyCatalog.Parse(method), options);
            return new(path, held, method, options.Seed, options.Labels.ToArray(), pruner);
        }
        catch (CheckpointException error)
        {
            held.Dispose();
            throw new CheckpointException($"{path}: {error.Message}", error);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Writes the state whole or not at all.</summary>
    public void Save() => AtomicFile.Write(_path, stream =>
    {
        var checkpoint = new CheckpointWriter();
        checkpoint.Fact(MethodFact, Method);
        if (_labels.Length > 0)
        {
            checkpoint.Add<int>(LabelsSection, _labels);
        }

        Pruner.Save(checkpoint);
        checkpoint.WriteTo(stream);
    });

    /// <summary>The plan of an epoch: the same as before if it was the last to be planned.</summary>
    public EpochPlan Plan(int epoch, bool allowUnobserved)
    {
        if (Pruner.Current is { } current && epoch < current.Epoch)
        {
            throw new UsageException($"--epoch {epoch}: {_path} is at epoch {current.Epoch}, and epochs go forward; begin another run in another file to start again.");
        }

        if (Pruner.Current is { } before && epoch > before.Epoch && Pruner.Unobserved > 0 && Pruner.Needs.Count > 0 && !allowUnobserved)
        {
            throw new UsageException($"--epoch {epoch}: {Pruner.Unobserved} of the {before.Count} samples that epoch {before.Epoch} visits have no loss yet; hand them to " +
                $"winnow observe {_path} --epoch {before.Epoch}, or give --allow-unobserved to plan with their older losses.");
        }

        return Refusing(() => Pruner.Plan(epoch));
    }

    /// <summary>Does what the pruner may refuse; the refusal is the caller's mistake and names the file.</summary>
    public T Refusing<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // The base class library adds the parameter's name, which isn't the user's.
            var end = error.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
            throw new UsageException($"{_path}: {(end < 0 ? error.Message : error.Message[..end])}.");
        }
    }

    public void Dispose() => _held?.Dispose();

    // Locked by the system until the process ends, however it ends.
    private static FileStream Hold(string path)
    {
        while (true)
        {
            FileStream held;
            try
            {
                held = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, 1 << 16);
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                throw new IOException($"{path} can't be opened, or another winnow is using it; run winnow plan and winnow observe of one state one after the other.", error);
            }

            // Replaced between opening and locking: what was locked is no longer the run.
            if (File.GetLastWriteTimeUtc(held.SafeFileHandle) == File.GetLastWriteTimeUtc(path))
            {
                return held;
            }

            held.Dispose();
        }
    }
}
