from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_retract_releases")]

    operations = [
        migrations.AddField(
            model_name="withdrawnrecording",
            name="rechecked_at",
            field=models.DateTimeField(
                blank=True,
                help_text="deleted once more after everything that was running then had ended",
                null=True,
            ),
        ),
    ]
