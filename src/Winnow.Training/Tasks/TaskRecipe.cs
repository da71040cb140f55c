using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Winnow.Data;
using Winnow.Data.Subsets;
using Winnow.Records;
using Winnow.Training.Tasks.Classification;
using Winnow.Training.Tasks.Denoising;
using Winnow.Training.Tasks.Generation;
using Winnow.Training.Tasks.Reconstruction;
using Winnow.Training.Tasks.Segmentation;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks;

/// <summary>A recipe of one of Winnow's own tasks: the loop's settings, and what the task makes of a data set.</summary>
public abstract record TaskRecipe : TrainingSettings
{
    /// <summary>The task's name, as <c>--task</c> takes it.</summary>
    public abstract string Task { get; }

    /// <summary>How training images are varied.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>
    /// Train on so many of the training samples, drawn class by class and the same for every method and seed; null trains on all. For a run that has to
    /// fit into some minutes.
    /// </summary>
    public int? Subset { get; init; }

    /// <summary>
    /// A subset file, as <c>winnow select</c> writes it: only its samples are trained on, weighed as it says. It was chosen from the samples that the recipe would train on
    /// without it, and holds for no others. Null trains on all.
    /// </summary>
    public FileIdentity? Selection { get; init; }

    /// <summary>The file or folder of weights that every run begins with; null where they are drawn.</summary>
    public virtual FileIdentity? BeginsWith() => null;

    /// <summary>Opens data of the kind that the task trains on: images and vectors, unless the task says otherwise.</summary>
    /// <param name="nameOrPath">A data set's name, a folder or a file, as the kind has them.</param>
    /// <param name="options">Where to look, and how to read.</param>
    /// <exception cref="DataException">There is no such data, or it can't be used.</exception>
    public virtual TaskData Open(string nameOrPath, DataOptions? options = null) => DataSources.Open(nameOrPath, options);

    /// <summary>The task on a data set.</summary>
    /// <param name="data">What to train and test on, of the kind that <see cref="Open"/> gives.</param>
    /// <exception cref="RecipeException">A value is out of range, or data and recipe don't go together.</exception>
    /// <exception cref="DataException">The data can't be made what the recipe asks for.</exception>
    public abstract TrainingTask CreateTask(TaskData data);

    /// <summary>What the time of a step depends on beside batch, optimiser and the samples' number, as a text: a machine isn't probed twice for the same.</summary>
    /// <param name="data">What would be trained on.</param>
    public abstract string Effort(TaskData data);

    /// <summary>The task on as many samples as a step takes, as they are: for trying how fast steps are.</summary>
    /// <param name="data">What would be trained on.</param>
    /// <inheritdoc cref="CreateTask"/>
    public virtual TrainingTask CreateTaskToTry(TaskData data)
    {
        var samples = Samples(data);
        return Plain().CreateTask(samples with { Train = samples.Train.Take(Math.Min(BatchSize, samples.Train.Count)) });
    }

    /// <summary>A trainer of the task on a data set.</summary>
    /// <param name="data">What to train and test on.</param>
    /// <param name="device">Where is computed.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <inheritdoc cref="CreateTask"/>
    public Trainer CreateTrainer(TaskData data, Device device, TimeProvider? time = null) => new(CreateTask(data), this, device, new TrainerOptions { Time = time ?? TimeProvider.System });

    /// <summary>The recipe without what it makes of the data.</summary>
    private protected virtual TaskRecipe Plain() => this with { Subset = null, Selection = null, Augmentation = Augmentation.None };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Subset is null or >= 1, nameof(Subset), Subset ?? 0, "at least 1", "10000");
    }

    /// <summary>Every setting by its name in JSON, as a text: what has to be the same for a run to be the same. Files count by their content, wherever they lie.</summary>
    public override IEnumerable<KeyValuePair<string, string>> Settings() => (this with { Selection = WithoutPath(Selection) }).ToRecord().ByName();

    /// <summary>The recipe that <see cref="TrainingSettings.ToRecord"/> gave, of whichever task; what an earlier version of it didn't know has its default.</summary>
    /// <param name="settings">From a run's files.</param>
    /// <exception cref="RecipeException">They hold no recipe, or one of a task that this version doesn't know.</exception>
    public static TaskRecipe FromRecord(RecordedRecipe settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var task = settings.Text("task") ?? ClassificationTask.TaskName;
        return TaskCatalog.All.FirstOrDefault(info => info.Name == task) is { } found
            ? found.Read(settings)
            : throw new RecipeException($"the run is of the task \"{task}\", which this version doesn't know; it knows {string.Join(", ", TaskCatalog.All.Select(static info => info.Name))}.");
    }

    /// <summary>The training samples that are left of a data set.</summary>
    /// <exception cref="RecipeException">The subset is larger than that.</exception>
    internal SampleSet SubsetOf(SampleSet train) => Subset is not { } subset ? train
        : subset <= train.Count ? train.WithSubset(subset)
        : throw new RecipeException(FormattableString.Invariant($"a subset of {subset} samples is more than the {train.Count} training samples of {train.Name}; take at most those."));

    private protected static FileIdentity? WithoutPath(FileIdentity? file) => file is null ? null : file with { Path = "" };

    /// <summary>What is trained on of the samples that were read, what each counts (empty where all count the same), and what is to be told of it.</summary>
    /// <inheritdoc cref="Selected"/>
    internal (SampleSet Train, float[] Sizes, string[] Notes) Trained(SampleSet train)
    {
        var all = SubsetOf(train);
        return Selected(all) is { } kept ? (all.Select(kept.Ids), kept.Weights, [.. SelectionNotes(kept.Ids.Length, all.Count)]) : (all, [], []);
    }

    /// <summary>That a subset file decides what is trained on, in a sentence; none where there is no such file.</summary>
    /// <param name="kept">How many samples are trained on.</param>
    /// <param name="all">How many there are without it.</param>
    internal IEnumerable<string> SelectionNotes(int kept, int all) => Selection is null ? []
        : [FormattableString.Invariant($"The subset {Selection.Path} keeps {kept} of {all} training samples.")];

    /// <summary>The samples that the recipe's subset file keeps, and what each counts; empty where all count the same.</summary>
    /// <param name="train">All samples that the recipe trains on without it.</param>
    /// <exception cref="DataException">The file is none, or was chosen from other samples.</exception>
    /// <exception cref="RecipeException">It has another content than when the run was begun, or keeps no sample.</exception>
    internal (int[] Ids, float[] Weights)? Selected(SampleSet train)
    {
        if (Selection is not { } file)
        {
            return null;
        }

        var subset = file.Read(stream => SubsetFile.Read(stream, file.Path));
        subset.Check(train);
        if (subset.Order.IsEmpty)
        {
            throw new RecipeException($"{file.Path} keeps no sample, and there is nothing to train on; keep at least one.");
        }

        return subset.Trained();
    }

    /// <summary>Refuses data that hold no images.</summary>
    /// <exception cref="RecipeException">They hold vectors.</exception>
    internal static void RequireImages(LoadedData data, string task)
    {
        if (!data.Train.IsImage)
        {
            throw new RecipeException($"the task {task} needs images, and {data.Train.Name} holds vectors; take a data set of images, or the task {ClassificationTask.TaskName}.");
        }
    }

    /// <summary>Data as images or vectors.</summary>
    /// <exception cref="RecipeException">They are of another kind.</exception>
    private protected LoadedData Samples(TaskData data) => Of<LoadedData>(data, "images or vectors");

    /// <summary>Data as those of a kind.</summary>
    /// <exception cref="RecipeException">They are of another kind.</exception>
    private protected T Of<T>(TaskData data, string kind)
        where T : TaskData
    {
        ArgumentNullException.ThrowIfNull(data);
        return data as T ?? throw new RecipeException($"the task {Task} needs {kind}, and {data.Name} holds {data.Kind}; take other data, or a task that is trained on {data.Kind}.");
    }

    /// <summary>A recipe from a run's files; settings that aren't in them are the default's.</summary>
    private protected static T Read<T>(RecordedRecipe settings, T byDefault, JsonTypeInfo<T> type)
        where T : TaskRecipe
    {
        try
        {
            // The generated reader would leave what isn't there at zero, whatever the property begins with.
            var all = JsonObject.Create(byDefault.ToRecord().Settings)!;
            foreach (var setting in settings.Settings.EnumerateObject())
            {
                all[setting.Name] = JsonNode.Parse(setting.Value.GetRawText());
            }

            return all.Deserialize(type)!;
        }
        catch (JsonException error)
        {
            throw new RecipeException($"the recipe of the run is damaged: {error.Message} Begin a new run.");
        }
    }
}

/// <summary>A task that can be asked for by name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What is trained, in half a sentence.</param>
/// <param name="Default">Its recipe as it is without options.</param>
/// <param name="Read">Its recipe from a run's files.</param>
public sealed record TaskInfo(string Name, string Summary, TaskRecipe Default, Func<RecordedRecipe, TaskRecipe> Read);

/// <summary>The tasks that can be asked for by name.</summary>
public static class TaskCatalog
{
    /// <summary>All of them; the first is what is trained unless another is asked for.</summary>
    public static IReadOnlyList<TaskInfo> All { get; } =
    [
        new(ClassificationTask.TaskName, "tell classes apart by cross-entropy", new TrainingRecipe(), TrainingRecipe.FromRecord),
        new(ReconstructionTask.TaskName, "predict the hidden patches of images, a masked autoencoder", new ReconstructionRecipe(), ReconstructionRecipe.FromRecord),
        new(SegmentationTask.TaskName, "tell the class of each pixel by a U-Net", new SegmentationRecipe(), SegmentationRecipe.FromRecord),
        new(DenoisingTask.TaskName, "say which noise is in images, a diffusion model that makes images of its own", new DenoisingRecipe(), DenoisingRecipe.FromRecord),
        new(GenerationTask.TaskName, "go on with texts and answer prompts, a language model", new GenerationRecipe(), GenerationRecipe.FromRecord),
    ];
}
