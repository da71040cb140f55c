using System.Runtime.InteropServices;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Records.Inspection;
using Winnow.Training.Tasks;

namespace Winnow.Training;

/// <summary>
/// Records what a run sees of each sample, in npy files that are there whole from the beginning and filled in place, an epoch a row:
/// <code>
/// losses.npy       float32 [epochs, N]   the loss of the visit; NaN: not visited, infinity: not finite
/// predictions.npy  int32   [epochs, N]   the class that the model gave it in training; -1: not visited
/// ids.npy          int64   [N]           the row of the data's file that each sample is
/// labels.npy       int32   [N]           the labels trained with
/// clean_labels.npy int32   [N]           those before the recipe's label noise, where it adds any
/// </code>
/// A row is written when its epoch was observed, whole and flushed to the disk. A run that goes on from a checkpoint has the part of the
/// epoch that was done before it in the checkpoint, and writes the rows of the epochs that it makes again over themselves: whatever it went
/// through, it ends with the same files. Where they can't be written (a full disk) it is told, and the run goes on without.
/// </summary>
/// <param name="folder">Where the files lie; made when the run begins.</param>
/// <param name="samples">The samples trained on, with the labels trained with.</param>
/// <param name="clean">Those before label noise; empty where there is none.</param>
/// <param name="note">Takes what the user should know.</param>
public sealed class SampleRecorder(string folder, SampleSet samples, ReadOnlyMemory<int> clean, Action<string> note) : TrainerCallback
{
    /// <summary>A run is recorded without being asked for up to so many bytes: 256 MiB.</summary>
    public const long DefaultLimit = 256L << 20;

    private bool _off;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> NeedsSignals { get; } = [SignalNames.Prediction];

    /// <summary>Bytes of both files of a run.</summary>
    /// <param name="epochs">Its epochs.</param>
    /// <param name="samples">Training samples.</param>
    public static long Bytes(int epochs, int samples) => 2L * epochs * samples * sizeof(float);

    /// <inheritdoc/>
    public override void OnRunStart(TrainingRequest request, int epochs) => Begin(epochs);

    /// <inheritdoc/>
    public override void OnRunResumed(TrainingRequest request, int epochs, IReadOnlyList<EpochReport> history, EpochPlan? plan)
    {
        if (Array.Exists([SampleHistory.Losses, SampleHistory.Predictions], name => !Fits(name, epochs)))
        {
            note($"{folder}: the record of the samples so far is gone or was changed; it begins anew with this epoch.");
            Begin(epochs);
        }
    }

    /// <inheritdoc/>
    public override void OnEpochObserved(EpochPlan plan, SampleColumns signals)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(signals);
        if (_off)
        {
            return;
        }

        var (losses, predictions) = (signals.Losses, signals[SignalNames.Prediction]);
        var (lossRow, predictionRow) = (new float[samples.Count], new int[samples.Count]);
        Array.Fill(lossRow, float.NaN);
        Array.Fill(predictionRow, SampleHistory.NotVisited);
        var order = plan.Order;
        for (var k = 0; k < losses.Length; k++)
        {
            lossRow[order[k]] = float.IsFinite(losses[k]) ? losses[k] : float.PositiveInfinity;
            predictionRow[order[k]] = (int)predictions[k];
        }

        // The losses last: who reads meanwhile takes a sample for visited by its loss.
        Write(SampleHistory.Predictions, plan, MemoryMarshal.AsBytes(predictionRow.AsSpan()));
        Write(SampleHistory.Losses, plan, MemoryMarshal.AsBytes(lossRow.AsSpan()));
    }

    private void Begin(int epochs)
    {
        try
        {
            Directory.CreateDirectory(folder);
            Fix(SampleHistory.Ids, Rows());
            Fix(SampleHistory.Labels, samples.Labels);
            if (!clean.IsEmpty)
            {
                Fix(SampleHistory.CleanLabels, clean.Span);
            }

            Fill(SampleHistory.Predictions, epochs, SampleHistory.NotVisited);
            Fill(SampleHistory.Losses, epochs, float.NaN);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _off = true;
            note($"the samples can't be recorded in {folder}: {error.Message.TrimEnd('.')}; the run goes on without");
            Remove();
        }
    }

    // Half of a record helps nobody, and may take the room that the weights need.
    private void Remove()
    {
        try
        {
            foreach (var name in SampleHistory.Files)
            {
                File.Delete(At(name));
            }

            Directory.Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What can't be written can't always be removed; the note has been given.
        }
    }

    private long[] Rows()
    {
        var rows = new long[samples.Count];
        for (var place = 0; place < rows.Length; place++)
        {
            rows[place] = samples.Row(place);
        }

        return rows;
    }

    /// <summary>Writes what stays the same from epoch to epoch.</summary>
    private void Fix<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var array = NpyArray.Create(values);
        AtomicFile.Write(At(name), stream => Npy.Write(stream, array));
    }

    private void Fill<T>(string name, int epochs, T value)
        where T : unmanaged
    {
        var row = new T[samples.Count];
        Array.Fill(row, value);
        AtomicFile.Write(At(name), stream =>
        {
            stream.Write(Header(name, epochs));
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                stream.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        });
    }

    private void Write(string name, EpochPlan plan, ReadOnlySpan<byte> row)
    {
        try
        {
            using var stream = new FileStream(At(name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            stream.Position = Header(name, plan.TotalEpochs).Length + ((long)plan.Epoch * row.Length);
            stream.Write(row);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            note($"what epoch {plan.Epoch + 1} saw of the samples can't be written to {At(name)}: {error.Message.TrimEnd('.')}; the run goes on without");
        }
    }

    /// <summary>Whether a file is the one that <see cref="Begin"/> made, whatever rows were filled in.</summary>
    private bool Fits(string name, int epochs)
    {
        var header = Header(name, epochs);
        try
        {
            return new FileInfo(At(name)).Length == header.Length + ((long)epochs * samples.Count * sizeof(float)) && RunFolder.Begins(At(name), header);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private byte[] Header(string name, int epochs)
    {
        using var header = new MemoryStream();
        Npy.WriteHeader(header, name == SampleHistory.Losses ? NpyType.Float32 : NpyType.Int32, epochs, samples.Count);
        return header.ToArray();
    }

    private string At(string name) => Path.Combine(folder, name);
}
